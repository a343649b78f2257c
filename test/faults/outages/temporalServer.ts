import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { inject, vi, type TestContext } from 'vitest';
import { freePort } from '../../support/freePort.js';

export interface DurableServer {
  address: string;
  /** Serves when the promise is fulfilled. */
  start: () => Promise<void>;
  kill: () => Promise<void>;
}

/** A Temporal server of the test's own that keeps everything in a file, so that it can be killed and started again. */
export async function durableServer(test: Pick<TestContext, 'onTestFinished'>): Promise<DurableServer> {
  const directory = await mkdtemp(join(tmpdir(), 'temporal-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)];
  args.push('--db-filename', join(directory, 'temporal.db'), '--log-level', 'never');
  // Without this the dev server hands out 20 tasks a second.
  args.push('--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000');

  let kill = () => Promise.resolve();
  test.onTestFinished(async () => {
    await kill();
    await rm(directory, { recursive: true });
  });
  return {
    address,
    start: async () => {
      const server = spawn(inject('temporalCli'), args, { stdio: 'ignore' });
      const exited = once(server, 'exit');
      kill = async () => {
        server.kill('SIGKILL');
        await exited;
      };
      const connection = await vi.waitFor(() => Connection.connect({ address, connectTimeout: 1_000 }), {
        timeout: 60_000,
        interval: 200,
      });
      await vi.waitFor(() => connection.workflowService.describeNamespace({ namespace: 'default' }), {
        timeout: 60_000,
        interval: 200,
      });
      await connection.close();
    },
    kill: () => kill(),
  };
}
