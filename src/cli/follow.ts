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
import { isUnanswered } from './errors.js';

/** What is seen of a recording at one moment. */
export type Sight =
  | { kind: 'status'; status: RecordingStatus; lastPoll?: LastPoll | undefined }
  /** Nobody answers for now: Temporal is away, or no worker is there. The recording itself is not concerned. */
  | { kind: 'silence'; who: 'Temporal' | 'worker' }
  | { kind: 'result'; result: RecordingResult }
  | { kind: 'failure'; failure: RecordingFailedError };

const LOOK_EVERY = 1_000;
const ANSWER_WITHIN = 5_000;

/** How long Temporal may be away once it has been there: a restart takes some seconds. */
const LONGEST_OUTAGE = 2 * 60_000;

/**
 * Looks at a recording each second until its end, which is the last sight; survives restarts of Temporal and workers.
 * @param called ends the looking, and nothing else
 * @throws what the first look fails with, or an outage that lasts for more than 2 minutes
 */
export async function* follow(
  client: Client,
  recording: Recording,
  called: AbortSignal,
): AsyncGenerator<Sight, void, void> {
  // Whether there is such a recording, and such a server.
  const first = await endOf(() => recording.resultIfOver());
  if (first) return yield first;

  const done = new AbortController();
  const signal = AbortSignal.any([called, done.signal]);
  const outage = new Outage();
  const isCalled = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  const end = client.withAbortSignal(signal, () => endAtLast(recording, outage, signal));
  // The SDK leaves a listener on it for each of its long polls, one a minute.
  setMaxListeners(0, signal);
  let looking = new AbortController();
  let sight: Promise<Sight> | undefined;
  try {
    while (!signal.aborted) {
      // Of its own for each look: they are many.
      looking = new AbortController();
      sight = client.withAbortSignal(looking.signal, () => look(client, recording, outage));
      const seen = await Promise.race([end, isCalled, sight]);
      if (seen) yield seen;
      if (!seen || isEnd(seen)) return;
      // The end is not kept waiting.
      await Promise.race([end, pause(signal)]);
    }
  } finally {
    // A call that is under way would be tried again on the closed connection, which the SDK does not survive.
    done.abort();
    looking.abort();
    await Promise.allSettled([end, sight]);
  }
}

/** Until the next look; over at once when the looking is. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
}

function isEnd({ kind }: Sight): boolean {
  return kind === 'result' || kind === 'failure';
}

async function look(client: Client, recording: Recording, outage: Outage): Promise<Sight> {
  try {
    const [status, lastPoll] = await client.withDeadline(Date.now() + ANSWER_WITHIN, async () => [
      await recording.status(),
      await recording.lastPoll(),
    ]);
    outage.isOver();
    return { kind: 'status', status, lastPoll };
  } catch (error) {
    if (isUnanswered(error)) return { kind: 'silence', who: 'worker' };
    outage.goesOn(error);
    return { kind: 'silence', who: 'Temporal' };
  }
}

/** The end, however often the waiting for it is interrupted; undefined when it is called off. */
async function endAtLast(recording: Recording, outage: Outage, signal: AbortSignal): Promise<Sight | undefined> {
  while (!signal.aborted) {
    try {
      return await endOf(() => recording.result());
    } catch (error) {
      outage.goesOn(error);
      await pause(signal);
    }
  }
  return undefined;
}

async function endOf(call: () => Promise<RecordingResult | undefined>): Promise<Sight | undefined> {
  try {
    const result = await call();
    return result && { kind: 'result', result };
  } catch (error) {
    if (error instanceof RecordingFailedError) return { kind: 'failure', failure: error };
    throw error;
  }
}

/** How long nobody has answered. */
class Outage {
  private since: number | undefined;

  isOver(): void {
    this.since = undefined;
  }

  /** @throws the error, when it is none that passes, or has lasted for too long */
  goesOn(error: unknown): void {
    this.since ??= Date.now();
    if (error instanceof RecordingNotFoundError || Date.now() - this.since > LONGEST_OUTAGE) throw error;
  }
}
