import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because they install the packed package with all that it needs. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
