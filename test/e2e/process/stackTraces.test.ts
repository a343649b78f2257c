import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, type ActivityFailure } from '@temporalio/common';
import { describe, expect, it, type TestContext } from 'vitest';
import { freePort } from '../../support/freePort.js';
import type { Environment } from '../../support/child.js';
import { deploy, type Deployment, type Surroundings } from '../../support/deployment.js';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** What a worker has for the code of its workflows. */
const WORKERS: Record<string, (test: TestContext) => Promise<Surroundings>> = {
  'the bundle': () => Promise.resolve({}),
  'the bundle with traces': async () => ({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` },
  }),
  'no bundle': (test) => {
    const dist = copyWithoutBundles(test);
    return Promise.resolve({ programPath: (file) => join(dist, file) });
  },
};

/** In the project, because the packages are found from there. */
function copyWithoutBundles(test: TestContext): string {
  const cache = join(PROJECT, '.cache');
  mkdirSync(cache, { recursive: true });
  const copy = mkdtempSync(join(cache, 'unbundled-'));
  test.onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const isNoBundle = (path: string) => !basename(path).startsWith('workflow-bundle');
  cpSync(join(PROJECT, 'dist'), copy, { recursive: true, filter: isNoBundle });
  return copy;
}

const JOB_REJECTED = {
  match: 'POST /v2/apps/*/individual-stream-jobs',
  effect: { kind: 'respond', status: 400, body: { error_code: 'RTC.00001007', error_msg: 'JobQuotaExceeded' } },
  times: 'always',
} as const;

/** The failure that the workflow throws, whose causes are those of the step. */
async function failureOf({ client, recordings, input }: Deployment, userId: string): Promise<ApplicationFailure> {
  const { recording } = await recordings.start(input({ userId }));
  const ended = client.workflow.getHandle(recording.workflowId).result();
  const error: unknown = await ended.catch((reason: unknown) => reason);
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
  throw new Error('The recording did not fail', { cause: error });
}

async function callStackOf({ client }: Deployment, workflowId: string): Promise<string> {
  return client.workflow.getHandle(workflowId).query<string>('__stack_trace');
}

function framesOf(stack = ''): string[] {
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}

describe.each(Object.entries(WORKERS))('stack traces of a worker with %s', (_kind, surroundingsFor) => {
  const look = async (test: TestContext, environment: Environment) => {
    const deployment = await deploy(test, { faults: [JOB_REJECTED] }, await surroundingsFor(test));
    await Promise.all([deployment.startWorker(environment), deployment.startReceiver()]);
    const { recording } = await deployment.recordings.start(deployment.input({ waitForParticipant: true }));
    const callStack = await callStackOf(deployment, recording.workflowId);
    // All runs share one context: what holds for the first must hold for the next ones.
    const failures = [await failureOf(deployment, 'user002'), await failureOf(deployment, 'user003')];
    expect(failures.map(({ type }) => type)).toEqual(['JobRejected', 'JobRejected']);
    return { callStack, failures, output: deployment.output() };
  };

  it('are not taken in workflows', async (test) => {
    const { callStack, failures, output } = await look(test, {});
    expect(framesOf(callStack)).toEqual([]);
    for (const failure of failures) {
      expect(framesOf(failure.stack)).toEqual([]);
      // Activities run in the main thread, which keeps its stack traces.
      const ofActivity = (failure.cause as ActivityFailure).cause;
      expect(framesOf(ofActivity?.stack).join('\n')).toContain('startIndividualStreamJob');
    }
    expect(output).not.toMatch(/TypeError|read only/);
  });

  it('are taken with WORKFLOW_STACK_TRACES=true', async (test) => {
    const { callStack, failures } = await look(test, { WORKFLOW_STACK_TRACES: 'true' });
    expect(framesOf(callStack).join('\n')).toMatch(/src\/workflows\/\w+\.ts:\d+:\d+/);
    for (const { stack } of failures) {
      expect(framesOf(stack).join('\n')).toMatch(/src\/workflows\/failure\.ts:\d+:\d+/);
    }
  });
});
