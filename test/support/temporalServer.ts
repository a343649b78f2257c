import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, inject, vi, type TestContext } from 'vitest';
import { registerSearchAttributes } from '../../src/temporal/searchAttributes.js';
import { freePort } from './freePort.js';

/*
 * Temporal servers of a test's own, beside the one that all tests share.
 */

/** Without this the dev server hands out 20 tasks a second. */
const UNPACED = { 'history.transferProcessorMaxPollRPS': 1000 };

const UNTIL_SERVING = { timeout: 60_000, interval: 200 };

/** A server for the tests of one file, with these values of its dynamic configuration. Returns its address. */
export function ownServer(dynamicConfig: Record<string, string | number>): () => string {
  let environment: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: inject('temporalCli') },
        extraArgs: argumentsOf({ ...UNPACED, ...dynamicConfig }),
        log: { format: 'pretty', level: 'error' },
      },
    });
    await registerSearchAttributes(environment.connection, 'default');
  });
  afterAll(() => environment?.teardown());
  return () => environment?.address ?? '';
}

/** A server at a port, gone with the test or before; when it serves is for the test to find out. It keeps nothing. */
export function startServer(
  test: Pick<TestContext, 'onTestFinished'>,
  port: number,
  dynamicConfig: Record<string, string | number> = {},
): () => Promise<void> {
  const kill = spawnServer(port, argumentsOf(dynamicConfig));
  test.onTestFinished(kill);
  return kill;
}

export interface DurableServer {
  address: string;
  /** Serves when the promise is fulfilled. */
  start: () => Promise<void>;
  kill: () => Promise<void>;
}

/** A server that keeps everything in a file, so that it can be killed and started again. */
export async function durableServer(test: Pick<TestContext, 'onTestFinished'>): Promise<DurableServer> {
  const directory = await mkdtemp(join(tmpdir(), 'temporal-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  let kill = () => Promise.resolve();
  test.onTestFinished(async () => {
    await kill();
    await rm(directory, { recursive: true });
  });
  return {
    address,
    start: async () => {
      kill = spawnServer(port, ['--db-filename', join(directory, 'temporal.db'), ...argumentsOf(UNPACED)]);
      const connect = () => Connection.connect({ address, connectTimeout: 1_000 });
      const connection = await vi.waitFor(connect, UNTIL_SERVING);
      await vi.waitFor(() => connection.workflowService.describeNamespace({ namespace: 'default' }), UNTIL_SERVING);
      await connection.close();
    },
    kill: () => kill(),
  };
}

function spawnServer(port: number, more: string[]): () => Promise<void> {
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), ...more];
  const server = spawn(inject('temporalCli'), [...args, '--log-level', 'never'], { stdio: 'ignore' });
  const exited = once(server, 'exit');
  return async () => {
    server.kill('SIGKILL');
    await exited;
  };
}

function argumentsOf(dynamicConfig: Record<string, string | number>): string[] {
  return Object.entries(dynamicConfig).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]);
}
