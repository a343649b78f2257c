import { expect, inject } from 'vitest';
import type { RecordingRig } from '../../support/recordingRig.js';
import { startChild, type Child, type Environment } from '../../support/child.js';

export interface Call {
  stdin?: string;
  environment?: Environment;
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the built command, with the shared server unless the environment says otherwise. */
export function startCli(args: string[], { stdin, environment = {} }: Call = {}): Child {
  return startChild('cli.js', { TEMPORAL_ADDRESS: inject('temporalAddress'), ...environment }, args, stdin);
}

/** Runs it to its end. No stack is ever shown to who has not asked for it. */
export async function cli(args: string[], call: Call = {}): Promise<CliResult> {
  const child = startCli(args, call);
  const { code } = await child.ended;
  const [stdout, stderr] = [child.stdout(), child.stderr()];
  if (!args.includes('--verbose')) expect(stdout + stderr).not.toMatch(/^\s+at /m);
  return { code, stdout, stderr };
}

/** What the command needs to know to find a rig's recordings. */
export const ofRig = ({ taskQueue }: RecordingRig): Environment => ({ TEMPORAL_TASK_QUEUE: taskQueue });

/** The options that name the recording which the rig makes by default. */
export const keyOf = ({ appName }: RecordingRig): string[] => [
  ...['--app', appName],
  ...['--room', 'room001', '--user', 'user001'],
];

/** The values that were printed one after the other, each in JSON. */
export function printed(stdout: string): unknown[] {
  return stdout
    .split(/^(?=[{[])/m)
    .filter((part) => part !== '')
    .map((part) => JSON.parse(part) as unknown);
}
