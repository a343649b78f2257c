import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inject, onTestFinished } from 'vitest';

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

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
