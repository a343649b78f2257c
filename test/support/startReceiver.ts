import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { createReceiver, type Deliver } from '../../src/callbacks/receiver.js';
import type { CallbackKeys } from '../../src/callbacks/verification.js';
import type { LogLevel } from '../../src/config.js';
import { createLogger } from '../../src/logging.js';
import { PRESENT, PREVIOUS } from './signedCallback.js';

type LogLine = Record<string, unknown>;

export interface StartedReceiver {
  /** Where it listens, without a path. */
  origin: string;
  port: number;
  /** What it logged so far. */
  log: LogLine[];
  close: () => Promise<void>;
}

export interface StartOptions {
  keys?: CallbackKeys;
  maxAgeMs?: number;
  logLevel?: LogLevel;
  keepAliveTimeoutMs?: number;
  /** Default: 127.0.0.1. */
  host?: string;
}

/** A receiver with both keys on a free port; it is closed when the test is over. */
export async function startReceiver(
  deliver: Deliver,
  ready: () => Promise<void> = () => Promise.resolve(),
  {
    keys = { current: PRESENT, previous: PREVIOUS },
    logLevel = 'debug',
    host = '127.0.0.1',
    ...limits
  }: StartOptions = {},
): Promise<StartedReceiver> {
  const log: LogLine[] = [];
  const receiver = createReceiver({
    keys,
    ...limits,
    deliver,
    ready,
    registry: new Registry(),
    logger: createLogger(
      { level: logLevel, name: 'receiver' },
      { write: (line) => log.push(JSON.parse(line) as LogLine) },
    ),
  });
  const origin = await receiver.listen({ host, port: 0 });
  onTestFinished(() => receiver.close());
  return { origin, port: Number(new URL(origin).port), log, close: () => receiver.close() };
}
