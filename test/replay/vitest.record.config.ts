import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/replay/record.ts'], globalSetup: ['test/globalSetup.ts'], hookTimeout: 60_000 },
});
