import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because they install the production packages and need programs that nothing else needs. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts', 'test/deploy/provideCheckers.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
