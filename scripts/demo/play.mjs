// @ts-check
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { fetch } from 'undici';
import { cacheDirectory, projectDirectory, shortPath } from '../setup/paths.mjs';
import { freePort } from './ports.mjs';
import { print, printFiles, printTitle, ProgressPrinter } from './screen.mjs';
import { Services } from './services.mjs';

const POLL_MS = 200;

/** The simulated minute of video, and the 30 s without a stream that end the job, pass ten times as fast. */
const TIME_SCALE = 10;
const PUBLISH_SECONDS = 60;

/** The simulator's own, of no use anywhere else; the callback's key is the one in the vendor's example. */
const ACCOUNT = { userName: 'username', password: 'simulator-password', domainName: 'domainname' };
const CALLBACK_AUTH_KEY = '8923ab8c2dcef4538923ab8c2dcef453';

const demoDirectory = join(cacheDirectory, 'demo');
const distDirectory = join(projectDirectory, 'dist');

/**
 * Starts Temporal's development server, the simulator of the vendor's services, and the receiver and the worker as in production; plays the vendor's
 * example through the client that other services use, and shows it as it happens.
 * @param {{ temporalCli: string, stayUp: boolean }} options
 */
export async function playDemo({ temporalCli, stayUp }) {
  await mkdir(demoDirectory, { recursive: true });
  await forgetTheUsersSettings();
  const ports = await choosePorts();
  const services = new Services(demoDirectory);
  const connection = Connection.lazy({ address: `127.0.0.1:${ports.temporal}` });

  printTitle('Services');
  await startServices({ services, ports, temporalCli, connection });

  const example = await readExample();
  printTitle(`Recording what ${example.userId} sends in ${example.roomId}, as in the vendor's example`);
  /** @type {unknown} */
  const built = await import(pathToFileURL(join(distDirectory, 'client.js')).href);
  const { RecordingClient } = /** @type {typeof import('../../src/client.js')} */ (built);
  const { recording } = await new RecordingClient({ client: new Client({ connection }) }).start(example);
  const result = await services.unlessOneEnds(follow(recording));

  printTitle(`Outcome: ${result.outcome}, ended by ${result.endedBy}; in bucket ${example.recordRule.obsAddr.bucket}:`);
  printFiles(result);
  printTitle('Every step, with its input, its result and its retries:');
  print(`  http://localhost:${ports.webPage}/namespaces/default/workflows/${encodeURIComponent(recording.workflowId)}`);
  if (!stayUp) return;
  print('\nCtrl-C ends it all.');
  await services.unlessOneEnds(new Promise(() => undefined));
}

/**
 * What the user has set for a real server or a real account, or for a proxy, must not reach this play on the loopback address.
 */
async function forgetTheUsersSettings() {
  for (const name of Object.keys(process.env)) {
    if (/^(TEMPORAL|HW|IAM|SPARKRTC|OBS|CALLBACK|RECEIVER|WORKER|SIMULATOR|LOG|AWS)_|_PROXY$/i.test(name))
      delete process.env[name];
  }
  // Without this Temporal's libraries would read the profile in the user's home.
  const profile = join(demoDirectory, 'temporal.toml');
  await writeFile(profile, '[profile.default]\n');
  process.env['TEMPORAL_CONFIG_FILE'] = profile;
}

/** The vendor's "Example 1: Creating a Single Stream Recording Job"; docker-compose.yml plays the same file. */
async function readExample() {
  /** @type {unknown} */
  const example = JSON.parse(await readFile(join(import.meta.dirname, 'recording.json'), 'utf8'));
  return /** @type {import('../../src/client.js').RecordingInput} */ (example);
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

/**
 * @param {object} options
 * @param {Services} options.services
 * @param {Awaited<ReturnType<typeof choosePorts>>} options.ports
 * @param {string} options.temporalCli
 * @param {Connection} options.connection
 */
async function startServices({ services, ports, temporalCli, connection }) {
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
    `http://localhost:${ports.webPage}`,
  );
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
  await start(
    {
      name: 'worker',
      ...node('worker.js'),
      env: {
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
      },
      isReady: () => isPolled(connection),
    },
    'task queue single-stream-recording',
  );
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

/** @param {import('../../src/client.js').Recording} recording */
async function follow(recording) {
  const progress = new ProgressPrinter();
  for (;;) {
    const status = await recording.status();
    progress.show(status);
    if (status.phase === 'failed' || status.phase === 'cancelled' || status.phase === 'completed') break;
    await sleep(POLL_MS);
  }
  return recording.result();
}
