import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_WINDOW, nextAttempt } from '../../../src/contract/credentialAttempts.js';

const W = ATTEMPT_WINDOW;

describe('the next try', () => {
  it.each<[string, number[], { credentialsReadAt: number; now: number }, number | undefined]>([
    ['is free without a rejection', [], { credentialsReadAt: 0, now: 100 }, undefined],
    ['is free after one', [50], { credentialsReadAt: 0, now: 100 }, undefined],
    ['waits after two', [50, 60], { credentialsReadAt: 0, now: 100 }, 50 + W],
    ['of a process that was started since is free', [50, 60], { credentialsReadAt: 61, now: 100 }, undefined],
    ['of one that was started at the same time waits', [50, 60], { credentialsReadAt: 60, now: 100 }, 50 + W],
    ['waits after three, for two of them to be forgotten', [50, 60, 70], { credentialsReadAt: 0, now: 100 }, 60 + W],
    ['of a new process is free after three', [50, 60, 70], { credentialsReadAt: 71, now: 100 }, undefined],
    ['of a new process waits after four', [50, 60, 70, 80], { credentialsReadAt: 81, now: 100 }, 50 + W],
    ['is free when enough are forgotten', [50, 60], { credentialsReadAt: 0, now: 50 + W }, undefined],
  ])('%s', (_what, rejections, when, expected) => {
    expect(nextAttempt(rejections, when)).toBe(expected);
  });

  it('lets no more than four be rejected in any window, whoever tries and however often it restarts', () => {
    const tries = fc.array(fc.record({ pause: fc.nat(W / 4), age: fc.nat(2 * W) }), { maxLength: 100 });
    fc.assert(
      fc.property(tries, (all) => {
        const rejections: number[] = [];
        let now = 0;
        for (const { pause, age } of all) {
          now += pause;
          if (nextAttempt(rejections, { credentialsReadAt: now - age, now }) === undefined) rejections.push(now);
          expect(rejections.filter((at) => now < at + W).length).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});
