import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type InjectedSinks,
  type ReplayResult,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import { describe, expect, inject, it } from 'vitest';
import { bundleWorkflows, withStackTraces } from '../../../src/temporal/workflowBundle.js';
import { HISTORIES, historyFiles, UNRELEASED } from '../../support/histories.js';
import { startRig } from '../../support/recordingRig.js';
import { SCENARIOS } from './scenarios.js';

const SOURCE = join(import.meta.dirname, '..', '..', '..', 'src');

async function recorded() {
  return Promise.all(
    historyFiles().map(async ({ release, name, path }) => {
      const history = JSON.parse(await readFile(path, 'utf8')) as { events: StartedEvent[] };
      const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes.workflowId ?? name;
      return { name: `${release}/${name}`, workflowId, history };
    }),
  );
}

interface StartedEvent {
  workflowExecutionStartedEventAttributes: { workflowId: string };
}

/** All in one run, so that one failure hides no other: what went wrong, by the name of the history. */
async function replay(
  workflowBundle: WorkflowBundleOption,
  sinks: InjectedSinks<Sinks> = {},
): Promise<Record<string, ReplayResult['error']>> {
  const histories = await recorded();
  const results: Record<string, ReplayResult['error']> = {};
  let next = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle, sinks }, histories)) {
    const { name = 'unknown' } = histories[next++] ?? {};
    if (error) results[name] = error;
  }
  expect(next).toBe(histories.length);
  return results;
}

// All histories, with a bundle of its own in most of the tests: on a busy machine that takes its time.
describe('replay', { timeout: 120_000 }, () => {
  it('has a history of every scenario', () => {
    const names = historyFiles().map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(SCENARIOS.map(({ name }) => name)));
  });

  it('decides now as it decided when the histories were recorded', async () => {
    expect(await replay({ codePath: inject('workflowBundle') })).toEqual({});
  });

  it('decides so with traces too: they may be turned on while recordings are open', async () => {
    const code = await bundleWorkflows({
      workflowsPath: join(SOURCE, 'workflows', 'singleStreamRecording.ts'),
      interceptorModules: [
        createRequire(import.meta.url).resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors'),
      ],
      logger: new DefaultLogger('WARN'),
    });
    const exporter = { export: { fn: () => undefined } };
    expect(await replay({ code }, { exporter })).toEqual({});
  });

  it('decides so with stack traces too: they may be turned on while recordings are open', async () => {
    const code = withStackTraces(await readFile(inject('workflowBundle'), 'utf8'));
    expect(await replay({ code })).toEqual({});
  });

  it('fails for a workflow that does one thing more', async () => {
    const bundle = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, 'wrongWorkflow.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    const errors = Object.values(await replay(bundle));
    expect(errors).toHaveLength((await recorded()).length);
    expect(new Set(errors.map((error) => error?.name))).toEqual(new Set(['DeterminismViolationError']));
  });
});

/** The sums of SHA256SUMS of each release: a history that is changed, added or removed changes them. */
const FROZEN: Record<string, string> = {
  '1.0.0': 'd6c3e87d155cfebb5c7f1994f6d9c64ac21cdf700fdae7adab343fd6b1b7892a',
};

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('the histories of a release', () => {
  const released = historyFiles().filter(({ release }) => release !== UNRELEASED);

  it('are frozen: all are there, unchanged', async () => {
    expect(new Set(released.map(({ release }) => release))).toEqual(new Set(Object.keys(FROZEN)));
    for (const [release, sum] of Object.entries(FROZEN)) {
      const list = await readFile(join(HISTORIES, release, 'SHA256SUMS'));
      const files = released.filter((file) => file.release === release);
      const sums = await Promise.all(
        files.map(async ({ name, path }) => `${sha256(await readFile(path))}  ${name}.json`),
      );
      expect(list.toString().trim().split('\n').toSorted()).toEqual(sums.toSorted());
      expect(sha256(list)).toBe(sum);
    }
  });
});

describe('the workflow cache', () => {
  it('is not relied on: with none, every task replays the history, and the recording ends as ever', async () => {
    const rig = await startRig({ maxCachedWorkflows: 0 });
    const recording = await rig.start({ waitForParticipant: true });
    await recording.participantJoined();
    expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 1 });
    expect((await recording.status()).phase).toBe('completed');
  });
});

describe('the workflow bundle', () => {
  it('holds no zod, no Node built-in and nothing of the activities', async () => {
    const bundle = await readFile(inject('workflowBundle'), 'utf8');
    const modules = [...bundle.matchAll(/^\s+!\*{3} (\S+) /gm)].map((match) => match[1] ?? '');
    expect(modules.length).toBeGreaterThan(50);
    expect(
      modules.filter((name) =>
        /zod|undici|aws-sdk|fastify|pino|src\/(activities|huawei|callbacks)|recording\/input/.test(name),
      ),
    ).toEqual([]);
    expect(modules.filter((name) => /^(node:)?(fs|net|http|https|crypto|os|path)$/.test(name))).toEqual([]);
  });
});
