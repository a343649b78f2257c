import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export type Environment = Record<string, string>;

/** A process that was started. */
export interface Child {
  pid: number;
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  /** Resolves when it has written these words to its standard output. @throws where it ends before, with its errors */
  says: (words: string) => Promise<void>;
  /** Resolves when it has ended and all that it wrote was read; the code is null when a signal ended it. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill: (signal: NodeJS.Signals) => void;
}

const running = new Set<ChildProcess>();
// Whatever ends this process, nothing is left behind.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Runs a file of dist/, or one that is named by its full path, as {@link startProgram} does. */
export function startChild(file: string, environment: Environment, args: string[] = [], input = ''): Child {
  const path = resolve(import.meta.dirname, '../../dist', file);
  return startProgram(process.execPath, [path, ...args], environment, input);
}

/** Runs a program with this environment and nothing else of ours, so that no variable or profile of the machine counts. */
export function startProgram(program: string, args: string[], environment: Environment, input = ''): Child {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...environment } });
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
  // One that ends without reading its input is no error here.
  child.stdin.on('error', () => undefined).end(input);
  const says = async (words: string) => {
    let look: () => void = () => undefined;
    const said = new Promise<void>((found) => {
      look = () => {
        if (stdout().includes(words)) found();
      };
    });
    child.stdout.on('data', look);
    look();
    const early = ended.then(() => {
      throw new Error(`The process ended before it said "${words}": ${stderr()}`);
    });
    await Promise.race([said, early]).finally(() => child.stdout.off('data', look));
  };
  return { pid: child.pid ?? 0, stdout, stderr, says, ended, kill: (signal) => child.kill(signal) };
}
