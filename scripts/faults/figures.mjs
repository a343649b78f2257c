// @ts-check
import { join } from 'node:path';
import { cacheDirectory } from '../setup/paths.mjs';

/** Each campaign leaves its figures here as JSON. */
export const figuresDirectory = join(cacheDirectory, 'faults');

/** What vitest says of the tests of each part of a run, as JSON. */
export const testsDirectory = join(figuresDirectory, 'tests');
