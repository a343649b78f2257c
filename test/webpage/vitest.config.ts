import { defineConfig } from 'vitest/config';

/** Temporal's web page in a real browser: apart from the other tests, because they do not need one. */
export default defineConfig({
  test: {
    include: ['test/webpage/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts', 'test/webpage/provideChromium.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
