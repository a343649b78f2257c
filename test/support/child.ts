import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export type Environment = Record<string, string>;

/** A process that was started. */
export interface Child {
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  /** Resolves when it has ended and all that it wrote was read; the code is null when a signal ended it. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill: (signal: NodeJS.Signals) => void;
}

/** Runs a file of dist/, or one that is named by its full path, as {@link startProgram} does. */
export function startChild(file: string, environment: Environment, args: string[] = [], input = ''): Child {
  const path = resolve(import.meta.dirname, '../../dist', file);
  return startProgram(process.execPath, [path, ...args], environment, input);
}

/** Runs a program with this environment and nothing else of ours, so that no variable or profile of the machine counts. */
export function startProgram(program: string, args: string[], environment: Environment, input = ''): Child {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...environment } });
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: string[] = [];
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    return () => chunks.join('');
  }) as [() => string, () => string];
  // One that ends without reading its input is no error here.
  child.stdin.on('error', () => undefined).end(input);
  return { stdout, stderr, ended, kill: (signal) => child.kill(signal) };
}
