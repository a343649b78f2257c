import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { Simulator } from '../../../simulator/simulator.js';
import { startProgram } from '../../support/child.js';
import { deploy, PASSWORD } from '../../support/deployment.js';
import { freePort } from '../../support/freePort.js';
import { commandsOf, PAGES, PROJECT, read } from './pages.js';

/*
 * Every command of the pages: each is run here, or by the named part of CI, or there is a reason why no one can run it
 * without an account, an engine or a
 * cluster.
 */

const SCRIPTS = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const CI = read('.ci/run');
const WITH_ACCOUNT = 'docs/tutorial-with-account.md';

/** Scripts that CI does not call as they stand: where they are run otherwise. */
const RUN_ELSEWHERE: Record<string, string> = {
  build: 'every command that needs it',
  'test:mutation': 'on demand: an hour',
  histories: 'on demand: it records what is missing',
  'start:worker': 'test/e2e/process',
  'start:receiver': 'test/e2e/process',
  'start:simulator': 'test/e2e/process',
  'setup:namespace': 'test/e2e/process/setup.test.ts',
};

/** Needs an engine, a cluster, an external service or an account; checked in other ways where possible. */
const NOT_HERE: [RegExp, string][] = [
  [/^docker |^docker-compose /, 'no engine: test/deploy'],
  [/^kubectl /, 'no cluster: test/deploy'],
  [/^TEMPORAL_[A-Z_]+=/, 'lines of an environment: test/e2e/process/versions.test.ts'],
  [/^temporal worker deployment /, 'test/e2e/process/versions.test.ts'],
  [/^node test\/conformance\/run\.mjs /, 'test/conformance'],
  [/^rclone /, 'test/e2e/docs/rclone.test.ts'],
  [/^node --env-file=recorder.env dist\/cli\.js certify /, 'test/e2e/cli/cliCertify.test.ts'],
  [/^SIMULATOR_DIALECT=/, 'test/unit/simulator/process.test.ts'],
  [/^npm install sparkrtc-recorder @temporalio\/client$/, 'from the packed archives: test/package'],
];

/** The tutorial's commands, in its order, with what has been recorded before. */
async function tutorialShell(test: TestContext) {
  // Slow enough for a recording to be there still when it is stopped by the second of two commands on a busy machine.
  const deployment = await deploy(test, { timeScale: 5, publishDurationMs: 60_000 });
  await Promise.all([deployment.startReceiver(), deployment.startWorker()]);
  const folder = folderFor(test);
  symlinkSync(inject('temporalCli'), join(folder, 'temporal'));
  // As an installed package has it.
  const command = join(folder, 'sparkrtc-recorder');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(PROJECT, 'dist', 'cli.js')}" "$@"\n`);
  chmodSync(command, 0o755);
  const environment = {
    PATH: `${folder}:${process.env['PATH']}`,
    HOME: folder,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_TASK_QUEUE: deployment.taskQueue,
    HW_USER_NAME: 'username',
    HW_USER_PASSWORD: PASSWORD,
    HW_DOMAIN_NAME: 'domainname',
    IAM_ENDPOINT: deployment.simulator.url,
    SPARKRTC_ENDPOINT: deployment.simulator.url,
    OBS_ENDPOINT: deployment.simulator.url,
    OBS_PATH_STYLE: 'true',
  };
  return async (line: string): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', line.replace(/^npx (sparkrtc-recorder)/, '$1')],
      {
        cwd: PROJECT,
        env: environment,
        timeout: 60_000,
      },
    );
    return stdout + stderr;
  };
}

const isOurs = (line: string) => /^npx sparkrtc-recorder /.test(line);
const isTemporal = (line: string) => /^temporal workflow /.test(line);
const isScript = (line: string) => /^npm (run|test)\b/.test(line);

describe('the commands of the pages', () => {
  const all = PAGES.flatMap((page) => commandsOf(page).map((line) => ({ page, line })));

  it.each(all.filter(({ line }) => isScript(line)))('$page: $line is a script that is run', ({ line }) => {
    const name = line.startsWith('npm test') ? 'test' : (/^npm run ([\w:-]+)/.exec(line)?.[1] ?? '');
    expect(Object.keys(SCRIPTS)).toContain(name);
    expect(CI.includes(`npm run ${name}`) || name === 'test' || name in RUN_ELSEWHERE).toBe(true);
  });

  it('are all run somewhere, or it is said why not', () => {
    const others = all.filter(({ line }) => !isScript(line) && !isOurs(line) && !isTemporal(line));
    const unknown = others.filter(
      ({ page, line }) => !isRunWithItsPage(page, line) && !NOT_HERE.some(([pattern]) => pattern.test(line)),
    );
    expect(unknown).toEqual([]);
  });

  it('of the recorder itself do what the page says, one after the other', { timeout: 360_000 }, async (test) => {
    const shell = await tutorialShell(test);
    // What step 1 of the tutorial has recorded.
    await shell('npx sparkrtc-recorder start --input examples/recording.json --wait');
    const pages = ['docs/tutorial.md', ...PAGES.filter((page) => page !== 'docs/tutorial.md')];
    for (const page of pages) {
      for (const line of commandsOf(page).filter((one) => isOurs(one) || isTemporal(one))) {
        const output = await shell(line).catch((error: unknown) => {
          throw new Error(`${page}: ${line}`, { cause: error });
        });
        expect(output, `${page}: ${line}`).not.toBe('');
      }
    }
  });

  it('of the tutorial with an account work with its file of variables', { timeout: 360_000 }, async (test) => {
    const key = { accessKey: 'TUTORIALTESTKEY00001', secretKey: 'canary-secret-key-of-the-tutorial' };
    const simulator = await Simulator.start({ timeScale: 30, ruleDelayMs: 0, accessKeys: [key] });
    test.onTestFinished(() => simulator.stop());
    const port = await freePort();
    const folder = folderFor(test);
    for (const name of ['dist', 'examples', 'package.json']) symlinkSync(join(PROJECT, name), join(folder, name));
    const commands = commandsOf(WITH_ACCOUNT).filter((line) => !isScript(line));
    const run = (line: string) => startProgram('bash', ['-c', `cd '${folder}' && exec ${line}`], {});

    const makeKey = commands.shift() ?? '';
    const authKey = run(makeKey);
    expect((await authKey.ended).code).toBe(0);
    writeFileSync(
      join(folder, 'recorder.env'),
      [
        variablesOf(WITH_ACCOUNT, {
          TEMPORAL_ADDRESS: inject('temporalAddress'),
          HW_ACCESS_KEY: key.accessKey,
          HW_SECRET_KEY: key.secretKey,
          HW_PROJECT_ID: '0'.repeat(32),
          CALLBACK_URL: `http://127.0.0.1:${port}/callback`,
          CALLBACK_AUTH_KEY: authKey.stdout().trim(),
        }),
        // What differs without an account.
        ...['IAM', 'SPARKRTC', 'OBS'].map((service) => `${service}_ENDPOINT=${simulator.url}`),
        'OBS_PATH_STYLE=true',
        'RECEIVER_HOST=127.0.0.1',
        `RECEIVER_PORT=${port}`,
        `TEMPORAL_TASK_QUEUE=docs-${port}`,
      ].join('\n'),
    );

    for (const line of commands) {
      const child = run(line);
      test.onTestFinished(() => child.kill('SIGTERM'));
      const readyWords = /dist\/(receiver|worker)\.js$/.exec(line)?.[1];
      if (readyWords === 'receiver') await child.says('Server listening');
      else if (readyWords === 'worker') await child.says('the worker is ready');
      else if (line.endsWith('doctor')) {
        // It comes before the processes, whose absence it tells.
        expect((await child.ended).code).toBe(1);
        expect(child.stdout()).toMatch(/✓ environment/);
      } else expect(await child.ended, `${line}\n${child.stderr()}`).toMatchObject({ code: 0 });
    }
  });
});

/** Commands that are run with their own page's test. */
function isRunWithItsPage(page: string, line: string): boolean {
  return (page === WITH_ACCOUNT && /^(node --env-file|openssl )/.test(line)) || page.startsWith('examples/');
}

/** A page's example of a file of variables, with these values. Every variable of the example has to have one. */
function variablesOf(page: string, values: Record<string, string>): string {
  const example = /^```ini\n([A-Z_]+=[\s\S]*?)^```/m.exec(read(page))?.[1] ?? '';
  const names = example
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0] ?? '');
  expect(names.sort()).toEqual(Object.keys(values).sort());
  return names.map((name) => `${name}=${values[name]}`).join('\n');
}

function folderFor(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparkrtc-recorder-docs-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
