// @ts-check
/**
 * Mutation tests of the central logic: `npm run test:mutation`, on demand. The score and what survives:
 * docs/mutation.md.
 */
export default {
  mutate: [
    'src/callbacks/{event,routing,verification}.ts',
    'src/activities/pollIndividualStreamJob.ts',
    'src/huawei/errors.ts',
    'src/workflows/{announcedFiles,events,result,state}.ts',
    'src/contract/{limits,workflowId}.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant that is only slow on a busy machine must not count as one that never ends.
  timeoutMS: 30_000,
  tempDirName: '.cache/stryker',
  incrementalFile: '.cache/stryker-incremental.json',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.cache/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 99, low: 98, break: 98 },
};
