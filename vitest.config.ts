import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Of their own: `npm run test:faults`; `npm run test:web`, which needs a browser, and `npm run test:monitoring`, which needs Prometheus.
    exclude: ['test/faults/**', 'test/webpage/**', 'test/monitoring/**'],
    globalSetup: ['test/globalSetup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Files run side by side; each worker process loads the SDK's native part, so that a few are enough on a small machine.
    maxWorkers: 4,
  },
});
