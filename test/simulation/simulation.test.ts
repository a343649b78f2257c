import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { violations } from './invariants.js';
import { plans, type Plan } from './plan.js';
import { WorkflowThread } from './workflowThread.js';
import { ACTIVITY_NAMES, play, type Facts } from './world.js';

const BUNDLE = process.env['SIMULATION_BUNDLE'] ?? join(import.meta.dirname, '../../dist/workflow-bundle.js');
const RECORDINGS = Number(process.env['SIMULATION_RECORDINGS'] ?? 200);
const SEED = Number(process.env['SIMULATION_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Milliseconds. */
const TIME_LIMIT = Number(process.env['SIMULATION_TIME_LIMIT'] ?? 3_000_000);
/** Where only the first failure matters, a smaller plan for it does not. */
const SHRINK = process.env['SIMULATION_SHRINK'] !== 'false';
/** A file for the outcome as JSON. */
const OUTCOME_FILE = process.env['SIMULATION_OUTCOME'];

let thread: WorkflowThread;

beforeAll(async () => {
  thread = await WorkflowThread.load(BUNDLE, ACTIVITY_NAMES);
});

/** One line for each thing that happened, as a person would tell it. */
function storyOf(plan: Plan, facts: Facts, broken: string[]): string {
  return [`plan: ${JSON.stringify(plan)}`, ...facts.story, ...broken.map((what) => `BROKEN: ${what}`)].join('\n');
}

describe('simulated recordings', () => {
  it(`${RECORDINGS} with the seed ${SEED} keep every promise`, { timeout: 3_600_000 }, async () => {
    const outcome = await fc.check(
      fc.asyncProperty(plans, async (plan) => {
        const broken = violations(await play(thread, plan));
        if (broken.length > 0) throw new Error(broken.join('; '));
      }),
      { seed: SEED, numRuns: RECORDINGS, interruptAfterTimeLimit: TIME_LIMIT, endOnFailure: !SHRINK },
    );
    const broken = outcome.errorInstance instanceof Error ? outcome.errorInstance.message : undefined;
    if (OUTCOME_FILE) await writeFile(OUTCOME_FILE, JSON.stringify({ recordings: outcome.numRuns, broken }));
    if (!outcome.failed) return;
    const [plan] = outcome.counterexample ?? [];
    if (!plan) throw new Error('fast-check found no plan');
    const facts = await play(thread, plan);
    expect.fail(
      `npm run test:simulation -- --seed ${outcome.seed} --path ${outcome.counterexamplePath}\n${storyOf(plan, facts, violations(facts))}`,
    );
  });
});
