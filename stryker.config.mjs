// @ts-check
/**
 * Mutation tests of the logic on which every promise rests: `npm run test:mutation`, on demand. The score and what survives: docs/reliability.md.
 */
export default {
  mutate: [
    'src/callbacks/{signature,admission,routing}.ts',
    'src/huawei/retry.ts',
    'src/workflows/{announcements,ending,events,ownership,recordingState,startOutcome,status}.ts',
    'src/recording/{cut,workflowId}.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  tempDirName: '.cache/stryker',
  incrementalFile: '.cache/stryker-incremental.json',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.cache/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
