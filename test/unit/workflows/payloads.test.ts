import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/contract/limits.js';
import { announcedCount } from '../../../src/workflows/announcedFiles.js';
import { buildResult } from '../../../src/workflows/result.js';
import { stateForNextRun } from '../../../src/workflows/state.js';
import { statusOf } from '../../../src/workflows/visibility.js';
import { announced, keysOf, applyListings } from '../../support/listings.js';

/** What Temporal takes as one payload at most. */
const PAYLOAD_LIMIT = 2 * 1024 * 1024;

describe('the largest payloads', () => {
  it.each([
    ['20,000 files, all found', 20_000, 180, true],
    ['20,000 files, none found', 20_000, 180, false],
    ['3,000 keys as long as OBS allows', 3_000, 1_024, true],
    ['3,000 keys as long as OBS allows, none found', 3_000, 1_024, false],
  ])('fit: what is handed on, result and status of %s', { timeout: 60_000 }, (_what, files, length, there) => {
    const keys = keysOf(files, length);
    const state = announced(keys);
    const { listing } = applyListings(state, there ? keys : []);
    const next = stateForNextRun(state);
    expect(bytesOf(next)).toBeLessThan(PAYLOAD_LIMIT);
    expect(announcedCount(next)).toBe(files);
    expect(bytesOf(statusOf(next))).toBeLessThan(PAYLOAD_LIMIT);

    next.result = buildResult(next, listing);
    expect(bytesOf(next.result)).toBeLessThan(PAYLOAD_LIMIT);
    expect(bytesOf(statusOf(next))).toBeLessThan(PAYLOAD_LIMIT);
    expect(next.result).toMatchObject({ fileCount: there ? files : 0, outcome: there ? 'recorded' : 'partial' });
    if (!there) expect(next.result.warnings[0]).toMatch(/more files were announced than could be tracked/);
  });
});
