import { expect } from 'vitest';
import { exposedSecrets } from '../../support/exposedSecrets.js';
import { certified } from './certifiedSimulator.js';
import { differences, expectedOf, optionsOf, type Positions } from './switches.js';

/** Runs with these positions, and checks what is found. */
export async function identified(positions: Positions) {
  const { simulator, report } = await certified(optionsOf(positions));
  expect(differences(report, expectedOf(positions))).toEqual([]);
  expect([report.problem, ...report.left]).toEqual([undefined]);
  expect(simulator.apps).toEqual([]);
  expect(simulator.jobs.every(({ state }) => state === 'STOPPED')).toBe(true);
  const shown = JSON.stringify(report);
  expect(exposedSecrets(shown, simulator.secrets)).toEqual([]);
  expect(shown).not.toContain('canary');
  return { simulator, report };
}
