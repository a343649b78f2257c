import type { Command } from 'commander';
import { loadAccountConfig } from '../config.js';
import { classifyError, hasErrorCode } from '../huawei/errors.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import { EXIT } from './errors.js';
import { facts } from './summary.js';
import { note, print, withOutputOptions, type OutputOptions } from './options.js';

/** `RTC.00001009`: the job has ended. */
const JOB_DONE = 'RTC.00001009';

interface JobOptions extends OutputOptions {
  app: string;
  job: string;
}

/** One of the vendor's jobs, for one that belongs to no recording: an orphan in the receiver's log. */
export function addJob(program: Command): void {
  const job = program
    .command('job')
    .description('show or stop a job at the vendor that belongs to no recording')
    .addHelpText(
      'after',
      `
Run it with the environment of the worker. A job of a running recording is stopped with "stop" instead.

Examples:
  $ sparkrtc-recorder job show --app 5ff9701f2346968bb306cb43 --job 607f87cf00d861eeefffa6c88054cdab
  $ sparkrtc-recorder job stop --app 5ff9701f2346968bb306cb43 --job 607f87cf00d861eeefffa6c88054cdab`,
    );
  withIds(job.command('show'), 'show its state').action((options: JobOptions) => withVendor(options, show));
  withIds(job.command('stop'), 'stop it').action((options: JobOptions) => withVendor(options, stop));
}

function withIds(command: Command, description: string): Command {
  withOutputOptions(command);
  return command
    .description(description)
    .requiredOption('--app <appId>', "the vendor's id of the application")
    .requiredOption('--job <jobId>', "the vendor's id of the job");
}

async function show(sparkRtc: SparkRtcClient, options: JobOptions): Promise<void> {
  const { job } = await sparkRtc.showIndividualStreamJob(options.app, options.job);
  print(options, job, () =>
    facts([
      ['job', job.jobId],
      ['state', `${job.state}${job.stopReason ? `, ${job.stopReason}` : ''}`],
      ['room', job.roomId],
      ['user', job.userId],
      ['created', job.createTime],
      ['stopped', job.stopTime],
    ]),
  );
}

async function stop(sparkRtc: SparkRtcClient, options: JobOptions): Promise<void> {
  let alreadyEnded = false;
  try {
    await sparkRtc.stopIndividualStreamJob(options.app, options.job);
  } catch (error) {
    if (!hasErrorCode(error, JOB_DONE)) throw error;
    alreadyEnded = true;
  }
  const what = alreadyEnded ? 'had ended already' : 'is being stopped';
  print(options, { jobId: options.job, alreadyEnded }, () => `Job ${options.job} ${what}.`);
}

async function withVendor(
  options: JobOptions,
  work: (sparkRtc: SparkRtcClient, options: JobOptions) => Promise<void>,
): Promise<void> {
  // Imported only here: the vendor's clients take long to load.
  const { createHuaweiClients } = await import('../huawei/clients.js');
  const { sparkRtc, close } = createHuaweiClients(loadAccountConfig());
  try {
    await work(sparkRtc, options);
  } catch (error) {
    if (classifyError(error).kind !== 'notFound') throw error;
    note(`The vendor knows no job ${options.job} of application ${options.app}. ${(error as Error).message}`);
    process.exitCode = EXIT.notFound;
  } finally {
    await close();
  }
}
