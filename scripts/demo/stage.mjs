// @ts-check
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { fetch } from 'undici';
import { withLock } from '../setup/lock.mjs';
import { cacheDirectory, projectDirectory, shortPath } from '../setup/paths.mjs';
import { freePort } from './ports.mjs';
import { print } from './screen.mjs';
import { Services } from './services.mjs';

export const distDirectory = join(projectDirectory, 'dist');

const demoDirectory = join(cacheDirectory, 'demo');

/** The simulated minute of video, and the 30 s without a stream that end the job, pass ten times as fast. */
const TIME_SCALE = 10;
const PUBLISH_SECONDS = 60;

/** The simulator's own, of no use anywhere else; the callback's key is the one in the vendor's example. */
const ACCOUNT = { userName: 'username', password: 'simulator-password', domainName: 'domainname' };
const CALLBACK_AUTH_KEY = '8923ab8c2dcef4538923ab8c2dcef453';

/**
 * Starts Temporal's development server, the simulator of the vendor's services, and the receiver and the worker as in production, and waits until
 * each is ready. `environment` is the worker's.
 * @param {string} temporalCli
 */
export async function setStage(temporalCli) {
  await forgetTheUsersSettings();
  // A port is free until it is listened on: two demos that start at once would choose the same ones.
  return withLock(join(cacheDirectory, 'demo.lock'), () => startServices(temporalCli));
}

/**
 * What the user has set for a real server or a real account, or for a proxy, must not reach this play on the loopback address.
 */
async function forgetTheUsersSettings() {
  for (const name of Object.keys(process.env)) {
    if (/^(TEMPORAL|HW|IAM|SPARKRTC|OBS|CALLBACK|RECEIVER|WORKER|SIMULATOR|LOG|AWS)_|_PROXY$/i.test(name))
      delete process.env[name];
  }
  await mkdir(demoDirectory, { recursive: true });
  // Without this Temporal's libraries would read the profile in the user's home.
  const profile = join(demoDirectory, 'temporal.toml');
  await writeFile(profile, '[profile.default]\n');
  process.env['TEMPORAL_CONFIG_FILE'] = profile;
}

async function choosePorts() {
  /** @type {Set<number>} */
  const taken = new Set();
  /**
   * @param {string} what
   * @param {number} wanted
   */
  const choose = async (what, wanted) => {
    const port = await freePort(wanted, taken);
    if (port !== wanted) print(`Port ${wanted} is taken: ${what} listens on ${port}.`);
    taken.add(port);
    return port;
  };
  return {
    temporal: await choose('the Temporal server', 7233),
    webPage: await choose("the Temporal server's web page", 8233),
    simulator: await choose('the simulator', 8480),
    receiver: await choose('the receiver', 8080),
  };
}

/** @param {string} temporalCli */
async function startServices(temporalCli) {
  const ports = await choosePorts();
  // Of its own for each demo that runs at the same time.
  const services = new Services(join(demoDirectory, String(ports.temporal)));
  const connection = Connection.lazy({ address: `127.0.0.1:${ports.temporal}` });
  const webPage = `http://localhost:${ports.webPage}`;
  const simulatorUrl = `http://127.0.0.1:${ports.simulator}`;
  const receiverUrl = `http://127.0.0.1:${ports.receiver}`;
  const temporal = { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`, TEMPORAL_NAMESPACE: 'default' };

  /**
   * @param {import('./services.mjs').Service} service
   * @param {string} where
   */
  const start = async (service, where) => {
    const logFile = await services.start(service);
    print(`  ${service.name.padEnd(16)} ${where.padEnd(46)} ${shortPath(logFile)}`);
  };
  /** @param {string} program */
  const node = (program) => ({ command: process.execPath, args: [join(distDirectory, program)] });

  await start(
    {
      name: 'temporal-server',
      command: temporalCli,
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
        ...['--port', String(ports.temporal), '--ui-port', String(ports.webPage)],
      ],
      isReady: async () => Boolean(await connection.workflowService.describeNamespace({ namespace: 'default' })),
    },
    webPage,
  );
  await promisify(execFile)(process.execPath, [join(distDirectory, 'setup.js')], {
    env: { ...process.env, ...temporal },
  });
  await start(
    {
      name: 'simulator',
      ...node('simulator/main.js'),
      env: {
        SIMULATOR_PORT: String(ports.simulator),
        SIMULATOR_TIME_SCALE: String(TIME_SCALE),
        SIMULATOR_PUBLISH_SECONDS: String(PUBLISH_SECONDS),
        SIMULATOR_USER_NAME: ACCOUNT.userName,
        SIMULATOR_PASSWORD: ACCOUNT.password,
        SIMULATOR_DOMAIN_NAME: ACCOUNT.domainName,
      },
      isReady: () => answers(`${simulatorUrl}/_simulator/healthz`),
    },
    `${simulatorUrl} (IAM, SparkRTC and OBS)`,
  );
  await start(
    {
      name: 'receiver',
      ...node('receiver.js'),
      env: { ...temporal, CALLBACK_AUTH_KEY, RECEIVER_HOST: '127.0.0.1', RECEIVER_PORT: String(ports.receiver) },
      isReady: () => answers(`${receiverUrl}/readyz`),
    },
    receiverUrl,
  );
  const environment = {
    ...temporal,
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
  await start(
    {
      name: 'worker',
      ...node('worker.js'),
      env: environment,
      isReady: () => isPolled(connection),
    },
    'task queue single-stream-recording',
  );
  return { services, connection, webPage, environment };
}

/** @param {string} url */
async function answers(url) {
  const { ok, body } = await fetch(url);
  await body?.cancel();
  return ok;
}

/** @param {Connection} connection */
async function isPolled(connection) {
  const taskQueue = { name: 'single-stream-recording' };
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue,
    taskQueueType: 1,
  });
  return pollers !== null && pollers !== undefined && pollers.length > 0;
}
