// @ts-check
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess, start } from './processes.mjs';
import { cacheDirectory, projectDirectory } from './setup.mjs';

const READY_WITHIN_MS = 60_000;

/** What the user has set for a real server, a real account or a proxy must not reach the demo. */
const USER_SETTINGS = /^(TEMPORAL|HW|IAM|SPARKRTC|OBS|CALLBACK|RECEIVER|WORKER|SIMULATOR|LOG|AWS)_|_PROXY$/i;

/** The simulator's own account, of no use anywhere else. */
const [USER, PASSWORD, DOMAIN] = ['username', 'simulator-password', 'domainname'];

/**
 * Starts Temporal's development server, the simulator, the receiver and the worker, and waits until each is ready.
 * `environment` is that of a worker; `whileRunning` rejects as soon as a service ends.
 * @param {string} temporalCli
 */
export async function startServices(temporalCli) {
  const [temporal, ui, simulator, receiver] = await Promise.all([7233, 8233, 8480, 8080].map(freePort));
  const webPage = `http://localhost:${ui}`;
  const simulatorUrl = `http://127.0.0.1:${simulator}`;
  const receiverUrl = `http://127.0.0.1:${receiver}`;
  const directory = join(cacheDirectory, 'demo', String(temporal));
  mkdirSync(directory, { recursive: true });
  // Without this Temporal's libraries would read the profile in the user's home.
  const profile = join(directory, 'temporal.toml');
  writeFileSync(profile, '[profile.default]\n');
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !USER_SETTINGS.test(name))),
    ...{ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`, TEMPORAL_NAMESPACE: 'default' },
    ...{ SIMULATOR_USER_NAME: USER, SIMULATOR_PASSWORD: PASSWORD, SIMULATOR_DOMAIN_NAME: DOMAIN },
    // The minute of video, and the 30 s without a stream that end the job, pass ten times as fast.
    ...{ SIMULATOR_PORT: String(simulator), SIMULATOR_TIME_SCALE: '10', SIMULATOR_PUBLISH_SECONDS: '60' },
    ...{ RECEIVER_HOST: '127.0.0.1', RECEIVER_PORT: String(receiver) },
    ...{ HW_USER_NAME: USER, HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: DOMAIN },
    ...{ IAM_ENDPOINT: simulatorUrl, SPARKRTC_ENDPOINT: simulatorUrl, OBS_ENDPOINT: simulatorUrl },
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: `${receiverUrl}/callback`,
    // The one in the vendor's example.
    CALLBACK_AUTH_KEY: '8923ab8c2dcef4538923ab8c2dcef453',
  };
  /** @type {Promise<never>[]} */
  const ends = [];
  /** @type {<T>(work: Promise<T>) => Promise<T>} */
  const whileRunning = (work) => Promise.race([work, ...ends]);

  // The sign that it is ready is a URL that responds, or words of its log.
  /** @type {(name: string, where: string, sign: string, command: string, ...args: string[]) => Promise<void>} */
  async function startService(name, where, sign, command, ...args) {
    const file = join(directory, `${name}.log`);
    const log = openSync(file, 'w');
    const child = start(command, args, { env: environment, stdio: ['ignore', log, log] });
    closeSync(log);
    const failure = (/** @type {string} */ what) => {
      const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-15);
      return new Error(`The ${name} ${what}. The end of ${relative(projectDirectory, file)}:\n${lines.join('\n')}`);
    };
    const end = once(child, 'exit').then(([code, signal]) => Promise.reject(failure(`ended with ${signal ?? code}`)));
    end.catch(() => undefined);
    ends.push(end);
    const isReady = async () => (sign.startsWith('http') ? isOk(sign) : readFileSync(file, 'utf8').includes(sign));
    for (const deadline = Date.now() + READY_WITHIN_MS; !(await isReady()); await whileRunning(sleep(100))) {
      if (Date.now() > deadline) throw failure('was not ready in time');
    }
    console.log(`  ${name.padEnd(16)} ${where.padEnd(46)} ${relative(projectDirectory, file)}`);
  }

  const node = process.execPath;
  const dist = join(projectDirectory, 'dist');
  const options = ['--ip', '127.0.0.1', '--port', String(temporal), '--ui-port', String(ui), '--log-level', 'warn'];
  const namespace = `${webPage}/api/v1/namespaces/default`;
  await startService('temporal-server', webPage, namespace, temporalCli, 'server', 'start-dev', ...options);
  const registered = runProcess(node, [join(dist, 'setup.js')], { env: environment, stdio: 'ignore' });
  if ((await whileRunning(registered)) !== 0) throw new Error('The search attributes could not be registered.');
  const services = `${simulatorUrl} (IAM, SparkRTC and OBS)`;
  await startService(
    'simulator',
    services,
    `${simulatorUrl}/_simulator/healthz`,
    node,
    join(dist, 'simulator/main.js'),
  );
  await startService('receiver', receiverUrl, `${receiverUrl}/readyz`, node, join(dist, 'receiver.js'));
  const queue = 'task queue single-stream-recording';
  await startService('worker', queue, 'the worker is ready', node, join(dist, 'worker.js'));
  return { webPage, environment, whileRunning };
}

/** @param {string} url */
async function isOk(url) {
  const response = await globalThis.fetch(url).catch(() => undefined);
  return response?.ok ?? false;
}

/**
 * The wanted port, or the next one that is free on every address. macOS lets one listen there beside 127.0.0.1.
 * @param {number} wanted
 */
export async function freePort(wanted) {
  for (let port = wanted; port < wanted + 100; port += 1) {
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port))) return port;
  }
  throw new Error(`None of the ports ${wanted} to ${wanted + 99} is free.`);
}

/** @type {(port: number, host?: string) => Promise<boolean>} */
const isFree = (port, host) =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
