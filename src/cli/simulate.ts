import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { EXIT } from './exitCodes.js';
import { note, printJson, printLine, type OutputOptions } from './options.js';
import { faint } from './format.js';

interface SimulateOptions extends OutputOptions {
  port: string;
  timeScale: string;
}

/** The simulator's own account, unless its environment says otherwise; of no use anywhere else. */
const ACCOUNT = { user: 'username', password: 'simulator-password', domain: 'domainname' };

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description("run a simulator of the vendor's IAM, SparkRTC and OBS on this machine, until Ctrl-C")
    .option('--port <port>', 'where it listens on 127.0.0.1; 0 takes any free one', '8480')
    .option('--time-scale <factor>', 'simulated seconds for each real one', '1')
    .addHelpText(
      'after',
      `
Prints the environment for a worker and a receiver that use it. More can be set by SIMULATOR_PUBLISH_SECONDS, SIMULATOR_BUCKETS,
SIMULATOR_FAULTS and the others of simulator/environment.ts. With --verbose each request is shown.

Examples:
  $ sparkrtc-recorder simulate
  $ sparkrtc-recorder simulate --port 0 --time-scale 10 --json`,
    )
    .action(simulate);
}

async function simulate({ port, timeScale, json, verbose }: SimulateOptions): Promise<void> {
  const program = fileURLToPath(new URL('../simulator/main.js', import.meta.url));
  if (!existsSync(program))
    throw new Error('The simulator is not part of this installation: build it by npm run build.');
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, SIMULATOR_PORT: port, SIMULATOR_TIME_SCALE: timeScale },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) tell(url, json);
    else if (verbose) note(faint(line));
  });
  let asked = false;
  const stop = () => {
    asked = true;
    child.kill('SIGTERM');
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const [code] = await ended;
  if (asked) return;
  if (code === EXIT.usage) return fail(complaint, EXIT.usage);
  fail(complaint || `The simulator ended with ${code}.`, EXIT.failed);
}

function fail(complaint: string, code: number): void {
  note(complaint.trimEnd());
  process.exitCode = code;
}

function tell(url: string, json: boolean | undefined): void {
  const environment = environmentFor(url);
  if (json) return printJson({ url, environment });
  printLine(`The simulator of IAM, SparkRTC and OBS listens on ${url}. For worker and receiver:`);
  printLine();
  for (const [name, value] of Object.entries(environment)) printLine(`export ${name}=${value}`);
  printLine();
  printLine(faint('Ctrl-C ends it.'));
}

function environmentFor(url: string): Record<string, string> {
  const { SIMULATOR_USER_NAME: user, SIMULATOR_PASSWORD: password, SIMULATOR_DOMAIN_NAME: domain } = process.env;
  return {
    HW_USER_NAME: user || ACCOUNT.user,
    HW_USER_PASSWORD: password || ACCOUNT.password,
    HW_DOMAIN_NAME: domain || ACCOUNT.domain,
    IAM_ENDPOINT: url,
    SPARKRTC_ENDPOINT: url,
    OBS_ENDPOINT: url,
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: 'http://127.0.0.1:8080/callback',
    CALLBACK_AUTH_KEY: randomBytes(32).toString('hex'),
  };
}
