// @ts-check
import { join } from 'node:path';
import { cacheDirectory } from '../setup/paths.mjs';

/** Each campaign leaves its figures here as JSON. */
export const figuresDirectory = join(cacheDirectory, 'faults');

/** What vitest says of all tests of a run. */
export const testsFile = join(figuresDirectory, 'tests', 'results.json');
