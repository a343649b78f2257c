import { defineConfig } from 'vitest/config';

/** The tests of pure logic alone: no server, no process, so that a mutant costs a second. */
export default defineConfig({
  test: {
    include: [
      'test/unit/activities/pollIndividualStreamJob.test.ts',
      'test/unit/callbacks/{age,signature,verification,routing,event}.test.ts',
      'test/unit/huawei/errors.test.ts',
      'test/unit/contract/{limits,workflowId}.test.ts',
      'test/unit/workflows/*.test.ts',
    ],
    // A test that runs out of time on a busy machine would count as one that has found the mutant.
    testTimeout: 120_000,
    exclude: ['test/unit/workflows/{payloads,events.property}.test.ts'],
  },
});
