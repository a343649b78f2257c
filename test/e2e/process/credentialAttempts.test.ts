import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ATTEMPT_WINDOW } from '../../../src/contract/credentialAttempts.js';
import type { AttemptLimit } from '../../../src/huawei/credentialGuard.js';
import { CredentialsRejectedError, NotSentError } from '../../../src/huawei/errors.js';
import { sharedAttemptLimit } from '../../../src/temporal/attemptLimit.js';
import { installQuietRuntime } from '../../support/quietRuntime.js';

/* The limit that workers share, on Temporal's time-skipping server: some of them die during a try. */

installQuietRuntime();

/** After this time a try without a report counts. */
const DEAD = 21_000;

interface Installation {
  sleep: (ms: number) => Promise<void>;
  /** A worker process that has read its credentials just now. */
  startWorker: () => Promise<AttemptLimit>;
  /** A worker that dies before it can say how its try has ended. */
  dieDuringTry: () => Promise<void>;
}

/** On a server of its own: time would not skip while workflows of an ended test wait for their worker. */
async function install(work: (installation: Installation) => Promise<void>): Promise<void> {
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServer') } },
  });
  onTestFinished(() => environment.teardown());
  const { client } = environment;
  const taskQueue = 'attempts';
  const credentials = { userName: 'user', password: 'any', domainName: 'domain' };
  const startWorker = async () => {
    const credentialsReadAt = await environment.currentTimeMs();
    return sharedAttemptLimit({ client, taskQueue, credentials, versioned: false, credentialsReadAt });
  };
  const dieDuringTry = async () => {
    await (await startWorker()).request();
    await environment.sleep(DEAD);
  };
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
  });
  await worker.runUntil(work({ startWorker, dieDuringTry, sleep: (ms) => environment.sleep(ms) }));
}

describe('tries of workers that die', { timeout: 60_000 }, () => {
  it('do not count any more once a later one is accepted', () =>
    install(async ({ startWorker, dieDuringTry }) => {
      for (let lives = 0; lives < 3; lives++) {
        await dieDuringTry();
        await dieDuringTry();
        const survivor = await startWorker();
        await survivor.request();
        await survivor.report('accepted');
      }
    }));

  it('have the next one wait, and say so, but do not pass for rejections', () =>
    install(async ({ startWorker, dieDuringTry, sleep }) => {
      for (let tries = 0; tries < 4; tries++) await dieDuringTry();
      const worker = await startWorker();
      const error = await worker.request().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NotSentError);
      expect(String(error)).toMatch(/not tried: workers died during several tries.* possible at 2\d{3}-/);
      await sleep(ATTEMPT_WINDOW);
      await worker.request();
    }));

  it('count beside rejections: no more than four in all', () =>
    install(async ({ startWorker, dieDuringTry }) => {
      for (let tries = 0; tries < 2; tries++) {
        await dieDuringTry();
        const worker = await startWorker();
        await worker.request();
        await worker.report('rejected');
      }
      await expect((await startWorker()).request()).rejects.toBeInstanceOf(NotSentError);
    }));

  it('are not needed for a rejection: four that were reported forbid the fifth', () =>
    install(async ({ startWorker, sleep }) => {
      for (let tries = 0; tries < 4; tries++) {
        const worker = await startWorker();
        await worker.request();
        await worker.report('rejected');
        await sleep(1_000);
      }
      await expect((await startWorker()).request()).rejects.toBeInstanceOf(CredentialsRejectedError);
    }));
});
