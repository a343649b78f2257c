import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findTool, isSatisfied, projectDirectory, temporalCli } from '../../../scripts/setup.mjs';

const a = { version: '1.0.0', integrity: 'sha512-a' };
const wanted = {
  packages: { '': { version: '0.1.0' }, 'node_modules/a': a, 'node_modules/darwin-only': { ...a, optional: true } },
};

describe('node_modules has what package-lock.json asks for', () => {
  it.each([
    ['all are there', { 'node_modules/a': a, 'node_modules/darwin-only': a }, true],
    ['a package of another platform is missing', { 'node_modules/a': a }, true],
    ['a package is missing', {}, false],
    ['a package has another version', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    ['a package has other content', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }, false],
  ])('%s: %#', (_case, packages, satisfied) => {
    expect(isSatisfied(wanted, { packages })).toBe(satisfied);
  });
});

describe('a program', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(realpathSync(tmpdir()), 'a clone of ü-'));
    vi.stubEnv('PATH', directory);
    vi.stubEnv('CI', '');
    for (const name of ['TEMPORAL_CLI_PATH', 'CHROMIUM_PATH']) vi.stubEnv(name, '');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  function program(name: string, output: string): string {
    const path = join(directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${output}'\n`);
    chmodSync(path, 0o755);
    return path;
  }

  const NEW = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';

  it('is the one that the variable names', () => {
    program('temporal', NEW);
    const named = program('elsewhere/temporal', NEW);
    vi.stubEnv('TEMPORAL_CLI_PATH', named);
    expect(temporalCli()).toBe(named);
  });

  it.each(['temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)', 'Temporal, the time travel game'])(
    'is not replaced by another one where the variable names %j',
    (output) => {
      program('temporal', NEW);
      vi.stubEnv('TEMPORAL_CLI_PATH', program('elsewhere/temporal', output));
      expect(temporalCli).toThrow(/^TEMPORAL_CLI_PATH is .*does not run as temporal\. Correct it or unset it\.$/);
    },
  );

  it('is the first one on PATH that is suitable', () => {
    vi.stubEnv('PATH', `${join(directory, 'old')}:${directory}`);
    program('old/temporal', 'temporal version 0.13.1 (Server 1.24.2, UI 2.28.0)');
    const path = program('temporal', NEW);
    expect(temporalCli()).toBe(path);
  });

  it('that only some tests need is skipped with a line that says what to do, and an error in CI', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(findTool('CHROMIUM_PATH', 'the test of the Web UI')).toBeUndefined();
    const advice = 'No suitable chromium on PATH: install the package chromium, or set CHROMIUM_PATH';
    expect(written.mock.calls).toEqual([[`set-up: SKIPPED: the test of the Web UI. ${advice}\n`]]);
    written.mockRestore();
    vi.stubEnv('CI', 'true');
    expect(() => findTool('CHROMIUM_PATH', 'the test of the Web UI')).toThrow(advice);
  });

  it.each([
    ['Python', 'TEMPORAL_CLI_PATH', 'temporal', 'Python 3 with venv (Debian: apt-get install python3-venv)'],
    ['Go', 'VERSITYGW_PATH', 'versitygw', 'Go (https://go.dev/dl/)'],
  ])('is asked for in one line where there is no %s either', (_language, variable, name, source) => {
    for (const folder of ['scripts', 'tools'])
      cpSync(join(projectDirectory, folder), join(directory, folder), { recursive: true });
    const script = `import { findTool } from './scripts/setup.mjs'; try { findTool('${variable}') } catch (error) { console.log(error.message) }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^No suitable .* cannot be run: spawnSync \w+ ENOENT\n$/);
    expect(stdout).toContain(`No suitable ${name} on PATH: install ${name} or ${source}, or set ${variable}: `);
  });
});
