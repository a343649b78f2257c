import { defineConfig } from 'vitest/config';

/** The workflow in virtual time: no server, no network. */
export default defineConfig({ test: { include: ['test/simulation/**/*.test.ts'], testTimeout: 600_000 } });
