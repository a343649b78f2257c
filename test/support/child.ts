import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { basename, resolve } from 'node:path';

export type Environment = Record<string, string>;

/** Of a process's output, in an error. */
const LAST_LINES = 15;

export interface ProcessOptions {
  /** In errors. Default: the program's file name. */
  name?: string;
  /** What it reads. Default: nothing. */
  input?: string;
  /** Starts the process. Default: that of Node. */
  spawn?: (command: string, args: string[], options: SpawnOptions) => ChildProcess;
  /** A file that gets all that it writes. */
  log?: string;
}

/** A process that was started. */
export interface Child {
  pid: number;
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  /**
   * Resolves when it has written these words to its standard output. @throws where it ends before, with its last
   * lines
   */
  says: (words: string) => Promise<void>;
  /** Resolves when it has ended and all that it wrote was read; the code is null when a signal ended it. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill: (signal: NodeJS.Signals) => void;
  /** An error that says so of this process, such as "has ended", and has its last lines. */
  failure: (what: string) => Error;
}

const running = new Set<ChildProcess>();
// Whatever ends this process, nothing is left behind.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Runs a file of dist/, or one that is named by its full path, as {@link startProgram} does. */
export function startChild(file: string, environment: Environment, args: string[] = [], input = ''): Child {
  const path = resolve(import.meta.dirname, '../../dist', file);
  return startProgram(process.execPath, [path, ...args], environment, { input });
}

/**
 * Runs a program with this environment and nothing else of ours, so that no variable or profile of the machine counts.
 */
export function startProgram(
  program: string,
  args: string[],
  environment: Environment,
  options: ProcessOptions = {},
): Child {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...environment };
  const child = (options.spawn ?? spawn)(program, args, { env, stdio: 'pipe' }) as ChildProcessWithoutNullStreams;
  running.add(child);
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    // Kept as bytes: a benchmark must not spend time on reading what one side writes and the other does not.
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString('utf8');
  }) as [() => string, () => string];
  if (options.log !== undefined) {
    const file = createWriteStream(options.log);
    for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
  }
  // One that ends without reading its input is no error here.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const failure = (what: string) => {
    const lines = `${stdout()}${stderr()}`.trim().split('\n').slice(-LAST_LINES).join('\n');
    return new Error(
      `The ${options.name ?? basename(program)} ${what}. The end of ${options.log ?? 'its output'}:\n${lines}`,
    );
  };
  const says = async (words: string) => {
    let look: () => void = () => undefined;
    const said = new Promise<void>((found) => {
      look = () => {
        if (stdout().includes(words)) found();
      };
    });
    child.stdout.on('data', look);
    look();
    const early = ended.then(({ code, signal }) => {
      throw failure(`ended with ${signal ?? code} before it said "${words}"`);
    });
    await Promise.race([said, early]).finally(() => child.stdout.off('data', look));
  };
  return { pid: child.pid ?? 0, stdout, stderr, says, ended, kill: (signal) => child.kill(signal), failure };
}
