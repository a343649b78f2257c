import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, onTestFinished } from 'vitest';

/** A Temporal server of the test's own, which it may stop; when it listens is for the test to find out. It forgets everything with its end. */
export function startOwnServer(port: number, dynamicConfig: string[] = []): () => Promise<void> {
  const values = dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]);
  const server = spawn(
    inject('temporalCli'),
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'never',
      ...values,
    ],
    { stdio: 'ignore' },
  );
  const exited = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGKILL');
    await exited;
  };
  onTestFinished(stop);
  return stop;
}
