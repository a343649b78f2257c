import type { TestProject } from 'vitest/node';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A browser; empty where there is none. */
    chromium: string;
  }
}

export default async function setUp(project: TestProject): Promise<void> {
  project.provide('chromium', (await ensureChromium()) ?? '');
}
