import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { minVersion, satisfies } from 'semver';
import { describe, expect, it } from 'vitest';
import { projectDirectory } from '../../../scripts/setup.mjs';

interface PackageFile {
  engines: { node: string };
  scripts: Record<string, string>;
}

const readJson = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(projectDirectory, file), 'utf8'));

const { engines, scripts } = (await readJson('package.json')) as PackageFile;
const lowestVersions = engines.node.split(' || ').map((range) => String(minVersion(range)));

describe('the versions of Node that package.json promises', () => {
  it.each(lowestVersions)('%s runs every package of the lock file', async (version) => {
    const { packages } = (await readJson('package-lock.json')) as { packages: Record<string, Partial<PackageFile>> };
    const unsuited = Object.entries(packages).filter(
      ([, { engines: of }]) => of?.node && !satisfies(version, of.node),
    );
    expect(unsuited.map(([path, { engines: of }]) => `${path}: ${of?.node}`)).toEqual([]);
    expect(Object.keys(packages).length).toBeGreaterThan(100);
  });
});

describe('a Node that is too old', () => {
  /** Runs the check as the two commands of the README do, where Node says that it is of this version. */
  async function check(version: string) {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
    const args = ['--eval', `${pretend}; require('./scripts/requireNode.cjs')`];
    const ended = promisify(execFile)(process.execPath, args, { cwd: projectDirectory });
    return ended.then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
    );
  }

  it.each(['0.12.18', '12.22.12', '18.20.8', '20.18.3', '21.7.3', '22.12.0', '23.11.1'])(
    '%s: one line',
    async (version) => {
      expect(await check(version)).toEqual({
        code: 1,
        stderr: `sparkrtc-recorder needs Node ${engines.node} (24 is recommended); this is Node ${version}.\n`,
      });
    },
  );

  it.each([...lowestVersions, '20.20.2', '22.23.3', '24.21.0', '26.10.0'])('%s is not', async (version) => {
    expect(await check(version)).toEqual({ code: 0, stderr: '' });
  });

  it.each(['demo', 'test'])('npm run %s checks before anything else', (name) => {
    expect(scripts[name]).toMatch(/^node -r \.\/scripts\/requireNode\.cjs /);
  });
});
