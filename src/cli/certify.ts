import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { planOf } from '../certify/plan.js';
import { dialectOf, type Report } from '../certify/report.js';
import { loadCertifyConfig } from '../config.js';
import { RECORDING_LOCATION } from '../contract/limits.js';
import { endBySignal } from '../signals.js';
import { EXIT } from './errors.js';
import { bad, count, faint, good, table, warn } from './format.js';
import { readJson } from './jsonFile.js';
import { note, print, type OutputOptions } from './options.js';

interface CertifyOptions extends OutputOptions {
  bucket?: string;
  projectId?: string;
  location: string;
  input?: string;
  room?: string;
  user?: string;
  dialect: string;
  yes?: boolean;
}

export function addCertify(program: Command): void {
  program
    .command('certify')
    .description("settle with a real account what the vendor's papers leave open, with an application of its own")
    .option('--bucket <name>', 'the bucket of the recording template')
    .option('--project-id <id>', 'the project of the bucket')
    .option('--location <region>', "the bucket's region", RECORDING_LOCATION)
    .option('-i, --input <file>', 'take bucket, region and project from the input of a recording')
    .option('--room <roomId>', 'a room that someone will publish in: settles what files are like')
    .option('--user <userId>', 'who joins it when asked to; some ten seconds are recorded')
    .option('--dialect <file>', 'write what was settled there, for SIMULATOR_DIALECT', 'dialect.json')
    .option('-y, --yes', 'make the calls without asking')
    .addHelpText(
      'after',
      `
Needs the account (HW_…) and CALLBACK_URL. It listens for callbacks on RECEIVER_HOST:RECEIVER_PORT itself, so that the
receiver must not run there. It lists all calls before it begins, takes one or two minutes, and removes what it has
created, on Ctrl-C too. Exit code 0 if all that can be settled was and nothing is left, 1 if not. docs/certify.md says
more.

Examples:
  $ sparkrtc-recorder certify --bucket obsName --project-id 01234567890123456789012345678901
  $ sparkrtc-recorder certify --input recording.json --room room001 --user user001 --yes`,
    )
    .action(certifyAccount);
}

async function certifyAccount(options: CertifyOptions, command: Command): Promise<void> {
  const { room, user, yes, dialect } = options;
  if ((room === undefined) !== (user === undefined)) usage(command, '--room and --user belong together: give both');
  const place = await placeOf(options, command);
  const config = loadCertifyConfig();
  const publisher = room !== undefined && user !== undefined ? { roomId: room, userId: user } : undefined;
  note(['These calls will be made:', ...planOf(publisher !== undefined).map((line) => `  ${line}`)].join('\n'));
  if (!yes && !process.stdin.isTTY) usage(command, 'without a terminal, agree to these calls with --yes');
  if (!yes && !(await agrees())) {
    note('Nothing was done.');
    process.exitCode = EXIT.failed;
    return;
  }
  // Fails before any call, and changes nothing.
  await appendFile(dialect, '').catch((error: Error) => usage(command, `--dialect: ${error.message}`));

  // Imported only here: the vendor's clients take long to load.
  const { certify } = await import('../certify/certify.js');
  const interruption = new AbortController();
  const interrupt = () => {
    note('Interrupted. Wait until everything is removed.');
    interruption.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.off(signal, endBySignal).on(signal, interrupt);
  let report: Report;
  try {
    report = await certify({ ...config, place, publisher, signal: interruption.signal, note });
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
  await writeFile(dialect, `${JSON.stringify(dialectOf(report), null, 2)}\n`);
  print(options, report, () => describe(report, dialect));
  process.exitCode = report.ok ? EXIT.success : EXIT.failed;
}

function usage(command: Command, message: string): never {
  return command.error(`error: ${message}`, { exitCode: EXIT.usage });
}

async function placeOf({ bucket, projectId, location, input }: CertifyOptions, command: Command) {
  const place = input === undefined ? {} : await readPlace(input);
  const { bucket: name = place.bucket, projectId: project = place.projectId } = { bucket, projectId };
  if (!name || !project) usage(command, 'give --bucket and --project-id, or --input');
  return { bucket: name, projectId: project, location: place.location ?? location };
}

type Place = Partial<Record<'bucket' | 'location' | 'projectId', string>>;

async function readPlace(file: string): Promise<Place> {
  const json = (await readJson(file)) as { recordRule?: { obsAddr?: Place } } | null;
  return json?.recordRule?.obsAddr ?? {};
}

async function agrees(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C and Ctrl-D close it; Node 20 then leaves the question open for ever, Node 24 rejects it.
    const reply = terminal.question('Make these calls? [y/N] ').catch(() => '');
    return /^\s*y(es)?\s*$/i.test(String(await Promise.race([reply, once(terminal, 'close')])));
  } finally {
    terminal.close();
  }
}

function describe({ ok, settled, notSettled, forbidden, problem, left }: Report, dialect: string): string {
  const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const rows = settled.map(({ question, option, value }) => [question, show(value), faint(option)]);
  return [
    rows.length > 0 ? table(['question', 'finding', 'option of the simulator'], rows) : 'Nothing was settled.',
    ...notSettled.map(({ question, reason }) => `${warn('?')} ${question} ${faint('→')} ${reason}`),
    ...forbidden.map((call) => `${warn('!')} The user may not call ${call}.`),
    ...left.map((what) => `${bad('✗')} Not removed: ${what}`),
    ...(problem === undefined ? [] : [`${bad('✗')} ${problem}`]),
    ...(ok ? [good('All that can be settled was.')] : []),
    ...(!ok && notSettled.length > 0 ? [bad(`${count(notSettled.length, 'question')} not settled.`)] : []),
    `The dialect is in ${dialect}: SIMULATOR_DIALECT=${dialect} sparkrtc-recorder simulate`,
  ].join('\n');
}
