import { defineConfig } from 'vitest/config';

/** The campaign of faults: minutes, many processes, and networks that are cut. Apart from the other tests, so that those stay quick. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts', 'test/faults/outages/provideToxiproxy.ts'],
    testTimeout: 150_000,
    hookTimeout: 60_000,
    // Each test has several processes of its own besides, and their starts take seconds of computing.
    maxWorkers: 3,
    maxConcurrency: 4,
  },
});
