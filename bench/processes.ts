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
  let output = '';
  let isReady = false;
  let said: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (said = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (!isReady && (isReady = output.includes(readyWords))) said();
    });
  }
  const ended = once(child, 'close').then(() => running.delete(child));
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`${file} ended before it was ready:\n${output.slice(-2_000)}`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
