import { randomBytes } from 'node:crypto';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { SimulatorOptions } from './options.js';
import { readOptions, runSimulator } from './process.js';

interface SimulateOptions {
  port: string;
  timeScale: string;
  json?: boolean;
  verbose?: boolean;
}

/** Adds `simulate` to `sparkrtc-recorder`, whose own program starts `cli.ts` for it. */
export function addSimulate(program: Command): Command {
  return program
    .command('simulate')
    .description("run a simulator of the vendor's IAM, SparkRTC and OBS on this machine, until Ctrl-C")
    .option('--port <port>', 'the port on 127.0.0.1; 0 for any free one', '8480')
    .option('--time-scale <factor>', 'simulated seconds for each real one', '1')
    .option('--json', 'print JSON for programs instead of text for people')
    .option('--verbose', 'print full errors with stack traces')
    .addHelpText(
      'after',
      `
Prints the environment for a worker and a receiver that use it. SIMULATOR_PUBLISH_SECONDS, SIMULATOR_BUCKETS,
SIMULATOR_FAULTS and the others of simulator/environment.ts set more; SIMULATOR_DIALECT names a file of certify, so that
the simulator behaves as the account that was examined. --verbose also shows each request.

Examples:
  $ sparkrtc-recorder simulate
  $ sparkrtc-recorder simulate --port 0 --time-scale 10 --json`,
    )
    .action(simulate);
}

async function simulate({ port, timeScale, json, verbose }: SimulateOptions): Promise<void> {
  const options = readOptions({ ...process.env, SIMULATOR_PORT: port, SIMULATOR_TIME_SCALE: timeScale });
  await runSimulator(options, (entry) => {
    if (entry.url !== undefined) print(entry.url, environmentFor(entry.url, options), json);
    else if (verbose) console.error(faint(JSON.stringify(entry)));
  });
}

function print(url: string, environment: Record<string, string | undefined>, json: boolean | undefined): void {
  if (json) return console.log(JSON.stringify({ url, environment }, null, 2));
  console.log(`The simulator of IAM, SparkRTC and OBS listens on ${url}. For worker and receiver:\n`);
  for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`);
  console.log(`\n${faint('Ctrl-C ends it.')}`);
}

function environmentFor(url: string, { userName, password, domainName }: SimulatorOptions) {
  return {
    HW_USER_NAME: userName,
    HW_USER_PASSWORD: password,
    HW_DOMAIN_NAME: domainName,
    IAM_ENDPOINT: url,
    SPARKRTC_ENDPOINT: url,
    OBS_ENDPOINT: url,
    OBS_PATH_STYLE: 'true',
    CALLBACK_URL: 'http://127.0.0.1:8080/callback',
    CALLBACK_AUTH_KEY: randomBytes(32).toString('hex'),
  };
}

function faint(text: string): string {
  return styleText('dim', text, { stream: process.stdout });
}
