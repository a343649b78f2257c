import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Variables = Record<string, string>;

export interface Process {
  pid: number;
  /** What it has written so far. */
  output: () => string;
  stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();
// Whatever ends this process, nothing is left behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program of dist/, as an operator starts it. */
export const ofProduct = (name: string): string => fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url));

/** One of the references, compiled beside this file. */
export const ofBaseline = (name: string): string => fileURLToPath(new URL(`./baselines/${name}`, import.meta.url));

/** Starts a Node program and waits until it says that it is ready. */
export async function startProcess(
  file: string,
  variables: Variables,
  readyWords: string,
  nodeOptions: string[] = [],
): Promise<Process> {
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_ENV: 'production', ...variables },
  });
  running.add(child);
  const output: Buffer[] = [];
  const textSoFar = () => Buffer.concat(output).toString('utf8');
  let isReady = false;
  let said: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (said = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    // As bytes: to read all the lines of the product would take time that the reference, which writes none, does not.
    stream.on('data', (bytes: Buffer) => {
      output.push(bytes);
      if (!isReady && (isReady = textSoFar().includes(readyWords))) said();
    });
  }
  const ended = once(child, 'close').then(() => running.delete(child));
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`${file} ended before it was ready:\n${textSoFar().slice(-2_000)}`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    output: textSoFar,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
