import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { lengthOf } from '../support/intervals.js';
import { FINDS } from './finds.js';
import { lossOf, violations } from './invariants.js';
import { plans, quietPlans, reorderings, type Plan } from './plan.js';
import { WorkflowThread } from './workflowThread.js';
import { ACTIVITY_NAMES, play, type Facts } from './world.js';

const {
  SIMULATION_BUNDLE: BUNDLE = join(import.meta.dirname, '../../dist/workflow-bundle.js'),
  SIMULATION_RECORDINGS = '200',
  SIMULATION_SEED = String(Math.floor(Math.random() * 2 ** 31)),
  SIMULATION_PATH,
  /** Milliseconds. */
  SIMULATION_TIME_LIMIT = '3000000',
  /** `false` where only the first failure matters, and no smaller plan for it. */
  SIMULATION_SHRINK = 'true',
  /** A file for the outcome as JSON. */
  SIMULATION_OUTCOME,
} = process.env;
const RECORDINGS = Number(SIMULATION_RECORDINGS);
const SEED = Number(SIMULATION_SEED);

let thread: WorkflowThread;

beforeAll(async () => {
  thread = await WorkflowThread.load(BUNDLE, ACTIVITY_NAMES);
});

/** One line for each thing that happened, as a person would tell it. */
function storyOf(plan: Plan, facts: Facts): string {
  const broken = violations(facts).map((what) => `BROKEN: ${what}`);
  return [`plan: ${JSON.stringify(plan)}`, ...facts.story, ...broken].join('\n');
}

async function expectPromisesKept(plan: Plan): Promise<void> {
  const facts = await play(thread, plan);
  if (violations(facts).length > 0) expect.fail(storyOf(plan, facts));
}

describe('simulated recordings', { timeout: 3_600_000 }, () => {
  it(`${RECORDINGS} with the seed ${SEED} keep every promise`, async () => {
    const hash = createHash('sha256');
    const ends: Record<string, number> = {};
    const coverage = { live: 0, lost: 0, breaks: 0 };
    const started = performance.now();
    const outcome = await fc.check(
      fc.asyncProperty(plans, async (plan) => {
        const facts = await play(thread, plan);
        hash.update(facts.hash);
        const end = facts.result?.outcome ?? facts.status?.phase ?? 'open';
        ends[end] = (ends[end] ?? 0) + 1;
        if (facts.result && facts.result.gaps.length > 0) {
          coverage.live += lengthOf(facts.live) / 1000;
          coverage.lost += lengthOf(lossOf(facts)) / 1000;
          coverage.breaks += facts.result.gaps.length;
        }
        const broken = violations(facts);
        if (broken.length > 0) throw new Error(broken.join('; '));
      }),
      {
        seed: SEED,
        numRuns: RECORDINGS,
        interruptAfterTimeLimit: Number(SIMULATION_TIME_LIMIT),
        endOnFailure: SIMULATION_SHRINK === 'false',
        ...(SIMULATION_PATH !== undefined && { path: SIMULATION_PATH }),
      },
    );
    const broken = outcome.errorInstance instanceof Error ? outcome.errorInstance.message : undefined;
    if (SIMULATION_OUTCOME) {
      await writeFile(SIMULATION_OUTCOME, JSON.stringify({ recordings: outcome.numRuns, broken }));
    }
    const [plan] = outcome.counterexample ?? [];
    if (plan) {
      const again = `npm run test:simulation -- --seed ${SEED} --path ${outcome.counterexamplePath}`;
      expect.fail(`${again}\n${storyOf(plan, await play(thread, plan))}`);
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${RECORDINGS} recordings, seed ${SEED}, ${(RECORDINGS / seconds).toFixed(1)} a second: ` +
        `${JSON.stringify(ends)}; ${coverage.breaks} jobs broke off and were followed by another one: of ` +
        `${Math.round(coverage.live)} s, ${Math.round(coverage.lost)} s are in no file; hash of all commands: ${hash.digest('hex')}`,
    );
  });

  it('give the same result for any order, delay and repetition of their callbacks', async () => {
    await fc.assert(
      fc.asyncProperty(quietPlans, reorderings, async (plan, callbacks) => {
        const resultOf = async (one: Plan) => {
          const { result } = await play(thread, one);
          return { ...result, endedBy: undefined };
        };
        expect(await resultOf({ ...plan, callbacks })).toEqual(await resultOf(plan));
      }),
      { seed: SEED, numRuns: Math.max(20, RECORDINGS / 20) },
    );
  });

  it.each(FINDS)('keep every promise where once they did not: $what', ({ plan }) => expectPromisesKept(plan));

  it('issue the same commands in another process', { timeout: 120_000 }, async () => {
    const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--project', 'simulation', '-t', 'keep every promise$'];
    const hashes = [1, 2].map(async () => {
      const env = { ...process.env, SIMULATION_SEED: '7', SIMULATION_RECORDINGS: '20', SIMULATION_BUNDLE: BUNDLE };
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env,
        cwd: join(import.meta.dirname, '../..'),
      });
      return /hash of all commands: ([0-9a-f]{64})/.exec(stdout)?.[1];
    });
    const [one, two] = await Promise.all(hashes);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).toBe(one);
  });
});
