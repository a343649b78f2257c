import type { TestProject } from 'vitest/node';
import { buildGoExamples } from '../../scripts/setup/goExamples.mjs';
import { ensureTemporalPythonSdk } from '../../scripts/setup/temporalPythonSdk.mjs';
import { buildTypescriptExamples } from '../../scripts/setup/typescriptExamples.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the compiled examples are, for Python what PYTHONPATH has to be; null where a language could not be had. */
    examples: { typescript: string; go: string | null; python: string | null };
  }
}

export default async function setUp(project: TestProject): Promise<void> {
  const [typescript, go = null, python = null] = await Promise.all([
    buildTypescriptExamples(),
    buildGoExamples(),
    ensureTemporalPythonSdk(),
  ]);
  project.provide('examples', { typescript, go, python });
}
