import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Of their own: `npm run test:faults`; `npm run test:web`, which needs a browser; `npm run test:monitoring`, which needs Prometheus; `npm run test:deploy`, `npm run test:examples`; `npm run test:package`.
    exclude: [
      'test/faults/**',
      'test/webpage/**',
      'test/monitoring/**',
      'test/deploy/**',
      'test/examples/**',
      'test/package/**',
    ],
    globalSetup: ['test/globalSetup.ts'],
    // What stands still fails; a busy machine does not.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Files run side by side; each worker process loads the SDK's native part, so that a few are enough on a small machine.
    maxWorkers: 4,
  },
});
