import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startChild } from '../support/child.js';
import { deploy } from '../support/deployment.js';
import { installPacked, run, type Installed } from './install.js';

let installed: Installed;

beforeAll(async () => {
  installed = await installPacked();
});
afterAll(() => installed?.remove());

// Temporal's own types do not all stand a check of their own: skipLibCheck.
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'ES2023', '--types', 'node'];

/** The packages that the client needs; the others are for worker, receiver and command. */
const OF_THE_CLIENT = ['@grpc/grpc-js', '@temporalio/client', '@temporalio/common', 'ms', 'zod'];

it('holds what is needed, and no more', () => {
  const { packed, manifest } = installed;
  expect(packed).toEqual(
    expect.arrayContaining([
      ...['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'],
      ...['schemas/recording-input.schema.json', 'schemas/recording-result.schema.json'],
      ...[
        'dist/workflow-bundle.js',
        'dist/workflow-bundle-traced.js',
        'dist/simulator/cli.js',
        'dist/simulator/main.js',
      ],
      ...Object.values(manifest.bin),
    ]),
  );
  const tops = new Set(packed.map((path) => path.split('/')[0]));
  expect([...tops].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'schemas']);
  expect(packed.filter((path) => basename(path).startsWith('.'))).toEqual([]);
});

describe('a caller in TypeScript', () => {
  // `nodenext` is what the callers below are compiled with.
  it.each<[keyof Installed['projects'], string, string[]]>([
    ['esm', 'node16', ['--module', 'node16']],
    ['esm', 'bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['commonjs', 'node16', ['--module', 'node16']],
    ['commonjs', 'bundler', ['--module', 'commonjs', '--moduleResolution', 'bundler']],
    // As of old, of which many services still are.
    ['commonjs', 'node10', ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0']],
  ])('compiles in a project of the kind %s, its packages found as %s', async (kind, _resolution, options) => {
    await compile(installed.projects[kind], [...options, '--noEmit']);
  });

  it('makes recordings by the installed worker and receiver, as ES module and as CommonJS', async (test) => {
    const names: Record<string, string> = {
      'worker.js': 'sparkrtc-recorder-worker',
      'receiver.js': 'sparkrtc-recorder-receiver',
    };
    const deployment = await deploy(
      test,
      { publishDurationMs: 600_000 },
      { programPath: (file) => installed.bin(names[file]!) },
    );
    await Promise.all([
      deployment.startWorker(),
      deployment.startReceiver(),
      compile(installed.projects.esm, ['--module', 'nodenext']),
      compile(installed.projects.commonjs, ['--module', 'nodenext']),
    ]);

    const address = inject('temporalAddress');
    const call = async (roomId: string, project: string, options: string[] = []) => {
      const loaded = await mkdtemp(join(project, 'loaded-'));
      const input = JSON.stringify(deployment.input({ roomId }));
      const args = [...options, 'caller.js', address, deployment.taskQueue, input];
      const printed = await run(process.execPath, args, project, { NODE_V8_COVERAGE: loaded });
      expect(JSON.parse(printed)).toEqual({
        missing: true,
        wrong: [expect.stringContaining('appName')],
        started: [false, true],
        phase: 'recording',
        outcome: 'recorded',
        hasSize: true,
        over: true,
        schema: true,
        failureType: 'InvalidInput',
      });
      return filesLoaded(loaded);
    };
    const { esm, commonjs } = installed.projects;
    const loads = {
      esm: await call('room-esm', esm),
      commonjs: await call('room-commonjs', commonjs),
      // Without it a program gets the build for CommonJS, as one that is bundled or run by Jest does.
      withoutRequireOfModules: await call('room-build', commonjs, ['--no-experimental-require-module']),
    };
    const cli = startChild(
      installed.bin('sparkrtc-recorder'),
      { TEMPORAL_ADDRESS: address, TEMPORAL_TASK_QUEUE: deployment.taskQueue },
      ['status', '--json', '--app', deployment.input().appName, '--room', 'room-esm', '--user', 'user001'],
    );
    expect(await cli.ended).toMatchObject({ code: 0 });
    expect(JSON.parse(cli.stdout())).toMatchObject({ phase: 'completed', outcome: 'recorded' });

    const { dependencies } = installed.manifest;
    const heavy = Object.keys(dependencies).filter((name) => !OF_THE_CLIENT.includes(name));
    expect(heavy).toEqual(
      expect.arrayContaining(['@temporalio/worker', 'fastify', '@aws-sdk/client-s3', 'undici', 'pino']),
    );
    for (const [kind, files] of Object.entries(loads)) {
      const packages = new Set(files.map(({ name }) => name));
      expect([...packages], kind).toEqual(expect.arrayContaining(OF_THE_CLIENT));
      expect(
        heavy.filter((name) => packages.has(name)),
        kind,
      ).toEqual([]);
      const own = files.filter(({ name }) => name === 'sparkrtc-recorder').map(({ path }) => path);
      const build = kind === 'withoutRequireOfModules' ? 'dist/cjs' : 'dist';
      expect(own, kind).toContain(`${build}/client.js`);
      expect(
        own.filter((path) => !new RegExp(`^${build}/(client|contract)[./]`).test(path)),
        kind,
      ).toEqual([]);
    }
  });
});

describe('to a program that requires it and imports it', () => {
  it('it is one package: an error of the one is an error of the other', async () => {
    const source = `
      const { RecordingNotFoundError } = require('sparkrtc-recorder');
      import('sparkrtc-recorder').then((same) => console.log(new same.RecordingNotFoundError('x') instanceof RecordingNotFoundError));`;
    expect(await run(process.execPath, ['--eval', source], installed.projects.commonjs)).toBe('true\n');
  });

  it('it gives its JSON Schemas', async () => {
    const source = `console.log(require('sparkrtc-recorder/schemas/recording-result.schema.json').title)`;
    const title = await run(process.execPath, ['--eval', source], installed.projects.commonjs);
    expect(title).toBe('Result of the workflow singleStreamRecording\n');
  });
});

it.each(['sparkrtc-recorder-worker', 'sparkrtc-recorder-receiver', 'sparkrtc-recorder-setup', 'sparkrtc-recorder'])(
  '%s starts from the shell, and says what it needs',
  async (name) => {
    const child = startChild(installed.bin(name), { TEMPORAL_ADDRESS: 'http://no-host-and-port' }, [
      'status',
      '--id',
      'x',
    ]);
    expect(await child.ended).toMatchObject({ signal: null });
    expect(child.stderr()).toContain('TEMPORAL_ADDRESS must be host:port');
  },
);

async function compile(project: string, options: string[]): Promise<void> {
  const tsc = join(installed.directory, '..', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, ...STRICT, ...options, 'caller.ts'], project);
}

/** Every file of a package that the program loaded, by Node's own account of the scripts that it ran. */
async function filesLoaded(directory: string): Promise<{ name: string; path: string }[]> {
  const reports = await readdir(directory);
  const texts = await Promise.all(reports.map((name) => readFile(join(directory, name), 'utf8')));
  const urls = texts.flatMap((text) =>
    (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
  );
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(fileURLToPath(url)))
    .flatMap((match) => (match ? [{ name: match[1]!, path: match[2]! }] : []));
}
