import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

/** One Temporal server, one S3 server and one workflow bundle for all files of a project. */
const servers = 'test/support/globalSetup.ts';

/*
 * The tests in projects: `npm test` runs unit, e2e and simulation. The others take longer or need more than Node, and
 * have a command each: `npm run test:faults` and so on.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // No file changes what another one imports; to import it once for each worker saves a third of the time.
          isolate: false,
          // What stands still fails; a busy machine does not.
          testTimeout: 2 * MINUTE,
          expect: { poll: { timeout: MINUTE } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,conformance}/**/*.test.ts'],
          globalSetup: [servers],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
          expect: { poll: { timeout: MINUTE } },
        },
      },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 10 * MINUTE } },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: [servers, 'test/faults/outages/provideToxiproxy.ts'],
          testTimeout: 2.5 * MINUTE,
          hookTimeout: MINUTE,
          maxConcurrency: 4,
        },
      },
      {
        test: {
          name: 'web',
          include: ['test/web/**/*.test.ts'],
          globalSetup: [servers, 'test/web/provideChromium.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        test: {
          name: 'monitoring',
          include: ['test/monitoring/**/*.test.ts'],
          globalSetup: [servers, 'test/monitoring/providePrometheus.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          globalSetup: [servers, 'test/deploy/provideCheckers.ts'],
          testTimeout: MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
      {
        test: {
          name: 'examples',
          include: ['test/examples/**/*.test.ts'],
          globalSetup: [servers, 'test/examples/provideExamples.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
          expect: { poll: { timeout: MINUTE } },
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: [servers],
          testTimeout: 2 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
      // Not a test: `npm run histories` records what is missing.
      {
        test: {
          name: 'histories',
          include: ['test/e2e/replay/record.ts'],
          globalSetup: [servers],
          hookTimeout: MINUTE,
        },
      },
    ],
    // Files run side by side, most of them with processes of their own: a few are enough on a small machine.
    maxWorkers: 4,
  },
});
