import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildExamples } from '../../scripts/packages.mjs';
import { cacheDirectory, findPython, projectDirectory, report, run } from '../../scripts/setup.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the compiled examples are, for Python a Python with Temporal's SDK; null where a language is missing. */
    examples: { typescript: string; go: string | null; python: string | null };
  }
}

export default function setUp(project: TestProject): void {
  const directory = join(cacheDirectory, 'examples');
  buildExamples();
  const python = findPython('examples/python/requirements.txt', 'the examples in Python') ?? null;
  project.provide('examples', { typescript: directory, go: buildGoExamples(join(directory, 'go')), python });
}

/** Vets and compiles the examples in Go. Without Go they are skipped; in CI that is an error. */
function buildGoExamples(programs: string): string | null {
  const go = (...args: string[]) => {
    const env = { GOCACHE: join(cacheDirectory, 'go-build'), GOFLAGS: '-mod=readonly -modcacherw' };
    run('go', args, { cwd: join(projectDirectory, 'examples', 'go'), env });
  };
  try {
    go('version');
  } catch (error) {
    if (process.env['CI']) throw error;
    report('SKIPPED: the examples in Go. Install Go (https://go.dev/dl/).');
    return null;
  }
  report('examples in Go: go build, which can take a minute …');
  mkdirSync(programs, { recursive: true });
  go('vet', './...');
  go('build', '-o', `${programs}/`, './...');
  return programs;
}
