import { defineConfig } from 'vitest/config';

/** The tests of pure logic alone: no server, no process, so that a mutant costs a second. */
export default defineConfig({
  test: {
    include: [
      'test/activities/pollIndividualStreamJob.test.ts',
      'test/callbacks/{age,signature,admission,routing,event}.test.ts',
      'test/huawei/retry.test.ts',
      'test/recording/{cut,workflowId}.test.ts',
      'test/workflows/*.test.ts',
    ],
    // A test that runs out of time on a busy machine would count as one that has found the mutant.
    testTimeout: 120_000,
    exclude: ['test/workflows/{timers,payloads,events.property}.test.ts'],
  },
});
