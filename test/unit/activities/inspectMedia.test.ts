import type { Info as ActivityInfo } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it, onTestFinished } from 'vitest';
import { mp4Objects } from '../../../simulator/media.js';
import { Simulator } from '../../../simulator/simulator.js';
import { inspectMedia } from '../../../src/activities/inspectMedia.js';
import {
  INSPECTION_ATTEMPTS,
  type FileInspection,
  type InspectionRequest,
} from '../../../src/contract/activityTypes.js';
import { FailureType } from '../../../src/contract/failures.js';
import { ObsClient } from '../../../src/huawei/obs.js';

const KEYS = { accessKey: 'AK', secretKey: 'SK' };
const FILES = 40;
const SIZE = 50_000;

/** A bucket of files that can be played, and what reads them. */
async function givenBucket() {
  const simulator = await Simulator.start({ accessKeys: [KEYS] });
  onTestFinished(() => simulator.stop());
  const obs = new ObsClient({ endpoint: simulator.url, pathStyle: true, keys: () => Promise.resolve(KEYS) });
  onTestFinished(() => obs.close());
  const files = Array.from({ length: FILES }, (_, n) => ({
    bucket: 'obsName',
    object: `r/${n}.mp4`,
    format: 'MP4',
    size: SIZE,
  }));
  const [content] = mp4Objects({ path: 'any', seconds: 3, width: 640, height: 360, size: SIZE, kind: 'good' }).objects;
  for (const { object } of files) simulator.putObject('obsName', object, { ...content, size: SIZE });
  const request: InspectionRequest = { files, outputLocations: [{ bucket: 'obsName', location: 'cn-north-4' }] };
  const reads = () => simulator.requests.map(({ path }) => path);
  return { simulator, request, reads, inspect: inspectMedia(obs) };
}

const attempt = (info: Partial<ActivityInfo> = {}) =>
  new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });

it('opens each file once', async () => {
  const { inspect, request, reads } = await givenBucket();
  const found: FileInspection[] = await attempt().run(inspect, request);
  expect(found).toHaveLength(FILES);
  for (const { media } of found) expect(media).toMatchObject({ playable: true, duration: 3 });
  expect(new Set(reads()).size).toBe(FILES);
});

it('continues where the last attempt ended', async () => {
  const { inspect, request, reads } = await givenBucket();
  const earlier = { media: { playable: true, duration: 1 } };
  const heartbeatDetails = Object.fromEntries(request.files.slice(2).map((_, n) => [n + 2, earlier]));
  const found: FileInspection[] = await attempt({ heartbeatDetails }).run(inspect, request);
  expect(found.map(({ media }) => media?.duration)).toEqual([3, 3, ...Array.from({ length: FILES - 2 }, () => 1)]);
  expect(new Set(reads())).toEqual(new Set(['/obsName/r/0.mp4', '/obsName/r/1.mp4']));
});

it('fails in an outage, with what it has found as heartbeat details; the last attempt returns it', async () => {
  const { inspect, request, simulator, reads } = await givenBucket();
  simulator.addFault({
    match: 'GET /obsName/**',
    effect: { kind: 'respond', status: 503 },
    skip: 10,
    times: 'always',
  });
  const first = attempt();
  let details: unknown;
  first.on('heartbeat', (sent: unknown) => (details = sent));
  await expect(first.run(inspect, request)).rejects.toMatchObject({ type: FailureType.VendorUnavailable });
  const done = Object.keys(details as object).length;
  expect(done).toBeGreaterThan(0);
  // It gave up early.
  expect(reads().length).toBeLessThan(FILES);
  const last = attempt({ attempt: INSPECTION_ATTEMPTS, heartbeatDetails: details });
  const found: FileInspection[] = await last.run(inspect, request);
  expect(found.filter(({ media }) => media?.playable)).toHaveLength(done);
  expect(found.filter(({ problem }) => problem?.includes('503'))).toHaveLength(FILES - done);
});

it('stops at the first rejection, without a failure', async () => {
  const { inspect, request, simulator, reads } = await givenBucket();
  const body = '<Error><Code>AccessDenied</Code></Error>';
  const headers = { 'content-type': 'application/xml' };
  simulator.addFault({
    match: 'GET /obsName/**',
    effect: { kind: 'respond', status: 403, headers, body },
    times: 'always',
  });
  const found: FileInspection[] = await attempt().run(inspect, request);
  expect(found.every(({ problem }) => problem?.includes('AccessDenied'))).toBe(true);
  expect(reads().length).toBeLessThanOrEqual(8);
});
