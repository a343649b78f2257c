import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startChild } from '../support/child.js';
import { deploy } from '../support/deployment.js';
import { EMBEDDING } from './caller.js';
import { CLIENTS, installPacked, run, type Caller, type Installed, type Version } from './install.js';

let installed: Installed;

beforeAll(async () => {
  installed = await installPacked();
});
afterAll(() => installed?.remove());

// skipLibCheck, because some of Temporal's own types do not compile.
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'ES2023', '--types', 'node'];

/** The packages that the client needs; the others are for worker, receiver and command. */
const OF_THE_CLIENT = ['@grpc/grpc-js', '@temporalio/client', '@temporalio/common', 'ms', 'nexus-rpc', 'zod'];

describe('the archives', () => {
  it.each([
    ['sparkrtc-recorder', ['dist/client.js', 'dist/cjs/client.js', 'dist/nexusService.js']],
    [
      'sparkrtc-recorder-worker',
      [
        'dist/recordingWorkers.js',
        'dist/nexusHandler.js',
        'dist/workflow-bundle.js',
        'dist/workflow-bundle-traced.js',
      ],
    ],
  ] as const)('%s holds what is needed, and no more', async (name, files) => {
    const listed = await run('tar', ['-tzf', installed.archives[name]], '.');
    const packed = listed
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    const { bin } = installed.manifest;
    expect(packed).toEqual(
      expect.arrayContaining([
        ...['schemas/recording-input.schema.json', 'schemas/recording-result.schema.json'],
        ...(name === 'sparkrtc-recorder' ? [] : ['dist/simulator/cli.js', ...Object.values(bin)]),
        ...files,
      ]),
    );
    const tops = new Set(packed.map((path) => path.split('/')[0]));
    const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'sbom.cdx.json', 'schemas'];
    expect([...tops].sort()).toEqual(expected);
    expect(packed.filter((path) => basename(path).startsWith('.'))).toEqual([]);
    if (name === 'sparkrtc-recorder') {
      const own = packed.filter((path) => path.startsWith('dist/'));
      expect(own.filter((path) => !/^dist\/(cjs\/)?(client|contract|nexusService|package)[./]/.test(path))).toEqual(
        [],
      );
    }
  });

  it('list their dependencies in an SBOM of CycloneDX', async () => {
    const names = async (home: string, name: string) => {
      const text = await readFile(join(home, 'node_modules', name, 'sbom.cdx.json'), 'utf8');
      const sbom = JSON.parse(text) as { bomFormat: string; components: { name: string; group?: string }[] };
      expect(sbom.bomFormat).toBe('CycloneDX');
      return sbom.components.map((component) => component.name);
    };
    const client = await names(installed.callers.newest.home, 'sparkrtc-recorder');
    expect(client).toEqual(expect.arrayContaining(OF_THE_CLIENT));
    expect(client).not.toContain('fastify');
    const worker = await names(installed.workerHome, 'sparkrtc-recorder-worker');
    expect(worker).toEqual(expect.arrayContaining(['@temporalio/worker', 'fastify', 'undici']));
    expect(worker).not.toContain('vitest');
  });
});

it('a caller installs no worker, and little else', async () => {
  const { home } = installed.callers.newest;
  await expect(stat(join(home, 'node_modules', '@temporalio', 'worker'))).rejects.toThrow('ENOENT');
  const size = Number.parseInt(await run('du', ['-sm', join(home, 'node_modules')], home));
  console.log(`A caller's node_modules: ${size} MB`);
  expect(size).toBeLessThan(60);
});

describe('a client that is not supported', () => {
  it('is rejected by npm, which names the versions', async () => {
    await expect(installed.caller('1.11.8')).rejects.toThrow(/peer @temporalio\/client@"\^1\.12\.3"/);
  });

  it('does not compile, and the compiler names the version', async () => {
    const { esm } = await installed.caller('1.11.8', '--force');
    await expect(compile(esm, ['--module', 'nodenext', '--noEmit'])).rejects.toThrow(
      'sparkrtc-recorder needs @temporalio/client 1.12.3 or later',
    );
  });
});

describe('a caller in TypeScript', () => {
  // `nodenext` is what the callers below are compiled with.
  const KINDS: [Version, keyof Omit<Caller, 'home'>, string, string[]][] = CLIENTS.flatMap((client) => [
    [client, 'esm', 'node16', ['--module', 'node16']],
    [client, 'esm', 'bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    [client, 'commonjs', 'node16', ['--module', 'node16']],
    [client, 'commonjs', 'bundler', ['--module', 'commonjs', '--moduleResolution', 'bundler']],
    // Many services still use this one.
    [
      client,
      'commonjs',
      'node10',
      ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'],
    ],
  ]);
  it.each(KINDS)(
    'compiles with the %s client, as %s, its packages found as %s',
    async (client, kind, _name, options) => {
      await compile(installed.callers[client][kind], [...options, '--noEmit']);
    },
  );

  it.for(CLIENTS)('makes recordings with the %s client, as ES module and as CommonJS', async (client, test) => {
    const { esm, commonjs } = installed.callers[client];
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
      compile(esm, ['--module', 'nodenext']),
      compile(commonjs, ['--module', 'nodenext']),
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
        service: 'recordings',
        ownZod: true,
      });
      return filesLoaded(loaded);
    };
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
        own.filter((path) => !new RegExp(`^${build}/(client|contract|nexusService)[./]`).test(path)),
        kind,
      ).toEqual([]);
    }
  });
});

describe('to a program that requires it and imports it', () => {
  it('it is one package: an error of one is an error of the other', async () => {
    const source = `
      const { RecordingNotFoundError } = require('sparkrtc-recorder');
      import('sparkrtc-recorder').then((same) =>
        console.log(new same.RecordingNotFoundError('x') instanceof RecordingNotFoundError));`;
    expect(await run(process.execPath, ['--eval', source], installed.callers.newest.commonjs)).toBe('true\n');
  });

  it('it gives its JSON Schemas', async () => {
    const source = `console.log(require('sparkrtc-recorder/schemas/recording-result.schema.json').title)`;
    const title = await run(process.execPath, ['--eval', source], installed.callers.newest.commonjs);
    expect(title).toBe('Result of the workflow singleStreamRecording\n');
  });
});

it('the workers run in a process of another team, in parallel with a worker of its own', async (test) => {
  const deployment = await deploy(test, { publishDurationMs: 600_000 });
  const home = installed.workerHome;
  await writeFile(join(home, 'embedding.ts'), EMBEDDING);
  await compile(home, ['--module', 'nodenext'], 'embedding.ts');
  const [child] = await Promise.all([
    deployment.startWorker({}, join(home, 'embedding.js')),
    deployment.startReceiver(),
  ]);
  const { recording } = await deployment.recordings.start(deployment.input());
  await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
  await recording.stop();
  expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
  child.kill('SIGTERM');
  expect(await child.ended).toMatchObject({ code: 0 });
  expect(child.stdout()).toContain('stopped');
});

it.each(['sparkrtc-recorder-worker', 'sparkrtc-recorder-receiver', 'sparkrtc-recorder-setup', 'sparkrtc-recorder'])(
  '%s starts from the shell, and reports what it needs',
  async (name) => {
    const parameters = name === 'sparkrtc-recorder' ? ['status', '--id', 'x'] : [];
    const child = startChild(installed.bin(name), { TEMPORAL_ADDRESS: 'http://no-host-and-port' }, parameters);
    expect(await child.ended).toMatchObject({ signal: null });
    expect(child.stderr()).toContain('TEMPORAL_ADDRESS must be host:port');
  },
);

async function compile(project: string, options: string[], file = 'caller.ts'): Promise<void> {
  const tsc = join(import.meta.dirname, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, ...STRICT, ...options, file], project);
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
