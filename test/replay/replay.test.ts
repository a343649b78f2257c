import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type InjectedSinks,
  type ReplayResult,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { bundleWorkflows, withStackTraces } from '../../src/temporal/workflowBundle.js';
import { startRig } from '../rig/recordingRig.js';
import { SCENARIOS } from './scenarios.js';

const HISTORIES = join(import.meta.dirname, '..', 'histories');
const SOURCE = join(import.meta.dirname, '..', '..', 'src');

async function recorded() {
  const files = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json'));
  return Promise.all(
    files.map(async (file) => {
      const history = JSON.parse(await readFile(join(HISTORIES, file), 'utf8')) as { events: StartedEvent[] };
      const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes.workflowId ?? file;
      return { name: basename(file, '.json'), workflowId, history };
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
  it('has a history of every scenario', async () => {
    const names = (await recorded()).map(({ name }) => name.replace(/\.v\d+$/, ''));
    expect(new Set(names)).toEqual(new Set(SCENARIOS.map(({ name }) => name)));
  });

  it('decides now as it decided when the histories were recorded', async () => {
    expect(await replay({ codePath: inject('workflowBundle') })).toEqual({});
  });

  it('decides so with traces too: they may be turned on while recordings are open', async () => {
    const code = await bundleWorkflows({
      workflowsPath: join(SOURCE, 'workflows', 'index.ts'),
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

  it.each([
    [
      'another order of the steps',
      'prepare.ts',
      "return step(run, 'authenticate', () => run.activities.authenticate());",
      'return Promise.resolve();',
    ],
    [
      'a timer that was not there',
      'settle.ts',
      'const { listing, asked } = await lookIntoBucket',
      'await alarm.wait(() => false, Date.now() + 5);\n    const { listing, asked } = await lookIntoBucket',
    ],
    [
      'another activity at the end',
      'startJob.ts',
      "case 'started':\n",
      "case 'started':\n        await activitiesOf(run).authenticate();\n",
    ],
  ])('goes red with %s', async (_what, file, before, after) => {
    const edited = await mkdtemp(join(tmpdir(), 'sparkrtc-recorder-edited-'));
    onTestFinished(() => rm(edited, { recursive: true, force: true }));
    await cp(SOURCE, edited, { recursive: true });
    const path = join(edited, 'workflows', file);
    const source = await readFile(path, 'utf8');
    expect(source).toContain(before);
    await writeFile(path, source.replace(before, after.replace('activitiesOf(run)', 'run.activities')));
    const bundle = await bundleWorkflowCode({
      workflowsPath: join(edited, 'workflows', 'index.ts'),
      logger: new DefaultLogger('ERROR'),
      // The copy lies outside the project: the SDK is found where this file finds it.
      webpackConfigHook: (config) => ({
        ...config,
        resolve: {
          ...config.resolve,
          modules: [...(config.resolve?.modules ?? []), join(SOURCE, '..', 'node_modules')],
        },
        resolveLoader: { modules: [join(SOURCE, '..', 'node_modules')] },
      }),
    });
    const broken = await replay(bundle);
    expect(Object.keys(broken).length).toBeGreaterThan(0);
    expect(Object.values(broken).map((error) => error?.name)).toContain('DeterminismViolationError');
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
