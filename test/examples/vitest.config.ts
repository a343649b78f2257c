import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because they need other languages and their SDKs. */
export default defineConfig({
  test: {
    include: ['test/examples/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts', 'test/examples/provideExamples.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Each test has a worker, a receiver and programs of its own.
    maxWorkers: 2,
  },
});
