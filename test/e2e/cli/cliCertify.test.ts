import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Simulator } from '../../../simulator/simulator.js';
import { exposedSecrets } from '../../support/exposedSecrets.js';
import { freePort } from '../../support/freePort.js';
import { startProgram } from '../../support/child.js';
import { cli, startCli } from './cli.js';

const PLACE = ['--bucket', 'obsName', '--project-id', 'canary-project'];

async function account() {
  const simulator = await Simulator.start({ autoPublish: false, password: 'canary-password', initDelayMs: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'certify-'));
  onTestFinished(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true });
  });
  const port = String(await freePort());
  const environment = {
    ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: 'canary-password', HW_DOMAIN_NAME: 'domainname' },
    ...{ IAM_ENDPOINT: simulator.url, SPARKRTC_ENDPOINT: simulator.url },
    ...{ CALLBACK_URL: `http://127.0.0.1:${port}/callback`, RECEIVER_HOST: '127.0.0.1', RECEIVER_PORT: port },
  };
  return { simulator, environment, dialect: join(folder, 'dialect.json') };
}

it('makes no call without consent', async () => {
  const { simulator, environment, dialect } = await account();
  const { code, stdout, stderr } = await cli(['certify', ...PLACE, '--dialect', dialect], { environment });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^These calls will be made:\n {2}POST \/v3\/auth\/tokens/);
  expect(stderr).toContain('agree to these calls with --yes');
  expect(simulator.requests).toEqual([]);
});

/** Runs a program (argv[2:]) on a terminal, and types argv[1] when it asks. */
const TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, typed = b'', False
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    if not typed and b'[y/N]' in shown:
        typed = os.write(terminal, sys.argv[1].encode()) > 0
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

it.each([
  ['n', 'n\r', 'Nothing was done.'],
  ['nothing', '\r', 'Nothing was done.'],
  ['Ctrl-C', '\x03', 'Nothing was done.'],
  ['Ctrl-D', '\x04', 'Nothing was done.'],
  ['y', 'y\r', 'IAM POST /v3/auth/tokens was rejected with 401.'],
])('does what %s on a terminal means', async (_name, keys, message) => {
  const { simulator, environment, dialect } = await account();
  const command = [process.execPath, resolve('dist/cli.js'), 'certify', ...PLACE, '--dialect', dialect];
  const child = startProgram('python3', ['-c', TERMINAL, keys, ...command], {
    ...environment,
    HW_USER_PASSWORD: 'canary-wrong',
  });
  expect(await child.ended).toEqual({ code: 1, signal: null });
  expect(child.stdout()).toContain(message);
  expect(simulator.requests.map(({ path }) => path)).toEqual(keys === 'y\r' ? ['/v3/auth/tokens'] : []);
});

it.each([
  [['--bucket', 'obsName'], 'give --bucket and --project-id, or --input'],
  [[...PLACE, '--room', 'room001'], '--room and --user belong together'],
  [['--input', '/nowhere/recording.json'], 'ENOENT'],
  [[...PLACE, '--dialect', '/nowhere/dialect.json'], 'ENOENT'],
])('rejects %j in one line', async (args, message) => {
  const { simulator, environment } = await account();
  const { code, stderr } = await cli(['certify', ...args, '--yes'], { environment });
  expect(code).toBe(2);
  expect(stderr.trim().split('\n').at(-1)).toContain(message);
  expect(simulator.requests).toEqual([]);
});

it('settles what it can, writes a dialect that the simulator loads, and leaves nothing', async () => {
  const { simulator, environment, dialect } = await account();
  const run = await cli(['certify', ...PLACE, '--dialect', dialect, '--yes'], { environment });
  expect(run.stdout).toMatch(/^What is the form of X-Rtc-Timestamp\? +seconds +timestampForm$/m);
  expect(run.stdout).toContain('All that can be settled was.');
  expect(run.code).toBe(0);
  expect(simulator.apps).toEqual([]);
  const written = await readFile(dialect, 'utf8');
  expect(JSON.parse(written)).toMatchObject({ waitingState: 'INIT', overEventType: 'CLOUD_RECORD_OVER' });
  expect(exposedSecrets(run.stdout + run.stderr + written, simulator.secrets)).toEqual([]);
  expect(run.stdout + written).not.toContain('canary');

  const loading = startCli(['simulate', '--port', '0', '--json'], { environment: { SIMULATOR_DIALECT: dialect } });
  await loading.says('}\n');
  loading.kill('SIGINT');
  expect(await loading.ended).toMatchObject({ code: 0 });
});

it('removes everything when it is interrupted', async () => {
  const { simulator, environment, dialect } = await account();
  const running = startCli(['certify', ...PLACE, '--dialect', dialect, '--yes', '--json'], { environment });
  await expect.poll(() => simulator.jobs.length).toBeGreaterThan(0);
  running.kill('SIGTERM');
  expect(await running.ended).toEqual({ code: 1, signal: null });
  expect(JSON.parse(running.stdout())).toMatchObject({ ok: false, problem: 'It was interrupted.', left: [] });
  expect(simulator.apps).toEqual([]);
  expect(simulator.jobs.every(({ state }) => state === 'STOPPED')).toBe(true);
  expect(JSON.parse(await readFile(dialect, 'utf8'))).toMatchObject({ numericIds: false });
});
