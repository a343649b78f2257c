import type { TestProject } from 'vitest/node';
import { findTool } from '../../scripts/setup.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A browser; empty where there is none. */
    chromium: string;
  }
}

export default function setUp(project: TestProject): void {
  project.provide(
    'chromium',
    findTool('CHROMIUM_PATH', "the tests of Temporal's Web UI and of the demo's link") ?? '',
  );
}
