import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  RecordingFailedError,
  RecordingNotFoundError,
  type LastPoll,
  type Recording,
  type RecordingResult,
  type RecordingStatus,
} from '../client.js';
import { isWorkerUnavailable } from './errors.js';

/** What `watch` shows. */
export type WatchUpdate =
  | { kind: 'status'; status: RecordingStatus; lastPoll?: LastPoll | undefined }
  /** Temporal or the workers are not available for now, which does not affect the recording. */
  | { kind: 'unavailable'; service: 'Temporal' | 'worker' }
  | { kind: 'result'; result: RecordingResult }
  | { kind: 'failure'; failure: RecordingFailedError };

const INTERVAL = 1_000;
const TIMEOUT = 5_000;

/** A restart of Temporal takes some seconds. */
const MAX_OUTAGE = 2 * 60_000;

/**
 * Reads the status of a recording each second, through restarts of Temporal and workers. The last update is its end.
 * @param called stops following, and leaves the recording alone
 * @throws the error of the first call, or of an outage of more than 2 minutes
 */
export async function* follow(
  client: Client,
  recording: Recording,
  called: AbortSignal,
): AsyncGenerator<WatchUpdate, void, void> {
  // Fails here if the recording or the server does not exist.
  const first = await endOf(() => recording.resultIfOver());
  if (first) return yield first;

  const done = new AbortController();
  const signal = AbortSignal.any([called, done.signal]);
  const outage = new Outage();
  const isCalled = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  const end = client.withAbortSignal(signal, () => waitForEnd(recording, outage, signal));
  // The SDK leaves a listener on it for each long poll, one a minute.
  setMaxListeners(0, signal);
  let reading = new AbortController();
  let update: Promise<WatchUpdate> | undefined;
  try {
    while (!signal.aborted) {
      // A new one for each read, because listeners pile up on it.
      reading = new AbortController();
      update = client.withAbortSignal(reading.signal, () => readStatus(client, recording, outage));
      const latest = await Promise.race([end, isCalled, update]);
      if (latest) yield latest;
      if (!latest || isEnd(latest)) return;
      await Promise.race([end, pause(signal)]);
    }
  } finally {
    // The SDK would retry a running call on the closed connection, and fail.
    done.abort();
    reading.abort();
    await Promise.allSettled([end, update]);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(INTERVAL, undefined, { signal }).catch(() => undefined);
}

function isEnd({ kind }: WatchUpdate): boolean {
  return kind === 'result' || kind === 'failure';
}

async function readStatus(client: Client, recording: Recording, outage: Outage): Promise<WatchUpdate> {
  try {
    const [status, lastPoll] = await client.withDeadline(Date.now() + TIMEOUT, async () => [
      await recording.status(),
      await recording.lastPoll(),
    ]);
    outage.ended();
    return { kind: 'status', status, lastPoll };
  } catch (error) {
    if (isWorkerUnavailable(error)) return { kind: 'unavailable', service: 'worker' };
    outage.failed(error);
    return { kind: 'unavailable', service: 'Temporal' };
  }
}

/** Waits through outages; undefined if aborted. */
async function waitForEnd(
  recording: Recording,
  outage: Outage,
  signal: AbortSignal,
): Promise<WatchUpdate | undefined> {
  while (!signal.aborted) {
    try {
      return await endOf(() => recording.result());
    } catch (error) {
      outage.failed(error);
      await pause(signal);
    }
  }
  return undefined;
}

async function endOf(call: () => Promise<RecordingResult | undefined>): Promise<WatchUpdate | undefined> {
  try {
    const result = await call();
    return result && { kind: 'result', result };
  } catch (error) {
    if (error instanceof RecordingFailedError) return { kind: 'failure', failure: error };
    throw error;
  }
}

/** Since when Temporal has not been available. */
class Outage {
  private since: number | undefined;

  ended(): void {
    this.since = undefined;
  }

  /** @throws the error, if it is final or the outage has lasted too long */
  failed(error: unknown): void {
    this.since ??= Date.now();
    if (error instanceof RecordingNotFoundError || Date.now() - this.since > MAX_OUTAGE) throw error;
  }
}
