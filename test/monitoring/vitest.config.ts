import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because they need Prometheus. */
export default defineConfig({
  test: {
    include: ['test/monitoring/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts', 'test/monitoring/providePrometheus.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
