// @ts-check
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess, start } from './processes.mjs';
import { cacheDirectory, projectDirectory } from './setup.mjs';

const READY_WITHIN_MS = 60_000;

/** The simulated minute of video, and the 30 s without a stream that end the job, pass ten times as fast. */
const SPEED = { SIMULATOR_TIME_SCALE: '10', SIMULATOR_PUBLISH_SECONDS: '60' };

/** The simulator's own, of no use anywhere else; the callback's key is the one in the vendor's example. */
const ACCOUNT = { userName: 'username', password: 'simulator-password', domainName: 'domainname' };
const CALLBACK_AUTH_KEY = '8923ab8c2dcef4538923ab8c2dcef453';

/** What the user has set for a real server, a real account or a proxy must not reach the demo. */
const USER_SETTINGS = /^(TEMPORAL|HW|IAM|SPARKRTC|OBS|CALLBACK|RECEIVER|WORKER|SIMULATOR|LOG|AWS)_|_PROXY$/i;

/** Of the programs in dist. @param {string} program */
const built = (program) => join(projectDirectory, 'dist', program);

/**
 * Starts Temporal's development server, the simulator, and the receiver and the worker as in production, and waits
 * until each is ready. `environment` is the worker's; `whileRunning` rejects as soon as a service ends.
 * @param {string} temporalCli
 */
export async function startServices(temporalCli) {
  const [temporal, ui, simulator, receiver] = await Promise.all([7233, 8233, 8480, 8080].map(freePort));
  const directory = join(cacheDirectory, 'demo', String(temporal));
  mkdirSync(directory, { recursive: true });
  // Without this Temporal's libraries would read the profile in the user's home.
  const profile = join(directory, 'temporal.toml');
  writeFileSync(profile, '[profile.default]\n');
  const kept = Object.entries(process.env).filter(([name]) => !USER_SETTINGS.test(name));
  const common = {
    ...Object.fromEntries(kept),
    TEMPORAL_CONFIG_FILE: profile,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
    TEMPORAL_NAMESPACE: 'default',
  };
  /** @type {Promise<never>[]} */
  const ends = [];
  /** @type {<T>(work: Promise<T>) => Promise<T>} */
  const whileRunning = (work) => Promise.race([work, ...ends]);

  /**
   * @param {string} name
   * @param {string} where
   * @param {(log: string) => boolean | Promise<boolean>} isReady
   * @param {[command: string, ...args: string[]]} command
   * @param {NodeJS.ProcessEnv} env
   */
  async function startService(name, where, isReady, [command, ...args], env) {
    const file = join(directory, `${name}.log`);
    const log = openSync(file, 'w');
    const child = start(command, args, { env: { ...common, ...env }, stdio: ['ignore', log, log] });
    closeSync(log);
    /** @param {string} what */
    const failure = (what) => {
      const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-15);
      return new Error(`The ${name} ${what}. The end of ${relative(projectDirectory, file)}:\n${lines.join('\n')}`);
    };
    const end = once(child, 'exit').then(([code, signal]) => Promise.reject(failure(`ended with ${signal ?? code}`)));
    end.catch(() => undefined);
    ends.push(end);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isReady(readFileSync(file, 'utf8')))) {
      if (Date.now() > deadline) throw failure('was not ready in time');
      await whileRunning(sleep(100));
    }
    console.log(`  ${name.padEnd(16)} ${where.padEnd(46)} ${relative(projectDirectory, file)}`);
  }

  const webPage = `http://localhost:${ui}`;
  const ports = ['--ip', '127.0.0.1', '--port', String(temporal), '--ui-port', String(ui), '--log-level', 'warn'];
  // The page answers for the server behind it.
  const hasNamespace = () => isOk(`http://127.0.0.1:${ui}/api/v1/namespaces/default`);
  await startService('temporal-server', webPage, hasNamespace, [temporalCli, 'server', 'start-dev', ...ports], {});
  const registered = runProcess(process.execPath, [built('setup.js')], { env: common, stdio: 'ignore' });
  if ((await whileRunning(registered)) !== 0) throw new Error('The search attributes could not be registered.');

  const simulatorUrl = `http://127.0.0.1:${simulator}`;
  const simulatorReady = () => isOk(`${simulatorUrl}/_simulator/healthz`);
  const simulatorPage = `${simulatorUrl} (IAM, SparkRTC and OBS)`;
  await startService('simulator', simulatorPage, simulatorReady, [process.execPath, built('simulator/main.js')], {
    ...SPEED,
    SIMULATOR_PORT: String(simulator),
    SIMULATOR_USER_NAME: ACCOUNT.userName,
    SIMULATOR_PASSWORD: ACCOUNT.password,
    SIMULATOR_DOMAIN_NAME: ACCOUNT.domainName,
  });

  const receiverUrl = `http://127.0.0.1:${receiver}`;
  const receiverReady = () => isOk(`${receiverUrl}/readyz`);
  await startService('receiver', receiverUrl, receiverReady, [process.execPath, built('receiver.js')], {
    CALLBACK_AUTH_KEY,
    RECEIVER_HOST: '127.0.0.1',
    RECEIVER_PORT: String(receiver),
  });

  const environment = {
    ...common,
    HW_USER_NAME: ACCOUNT.userName,
    HW_USER_PASSWORD: ACCOUNT.password,
    HW_DOMAIN_NAME: ACCOUNT.domainName,
    IAM_ENDPOINT: simulatorUrl,
    SPARKRTC_ENDPOINT: simulatorUrl,
    OBS_ENDPOINT: simulatorUrl,
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: `${receiverUrl}/callback`,
    CALLBACK_AUTH_KEY,
  };
  const queue = 'task queue single-stream-recording';
  const workerReady = (/** @type {string} */ log) => log.includes('the worker is ready');
  await startService('worker', queue, workerReady, [process.execPath, built('worker.js')], environment);
  return { webPage, environment, whileRunning };
}

/** @param {string} url */
const isOk = (url) =>
  globalThis.fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * The wanted port, or the next one that is free on every address of this machine. macOS lets one listen on every
 * address while another listens on 127.0.0.1.
 * @param {number} wanted
 * @returns {Promise<number>}
 */
export async function freePort(wanted) {
  for (let port = wanted; port < wanted + 100; port += 1) {
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port))) return port;
  }
  throw new Error(`None of the ports ${wanted} to ${wanted + 99} is free.`);
}

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<boolean>}
 */
function isFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
