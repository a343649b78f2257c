import { Counter, Histogram, type Registry } from 'prom-client';

/**
 * How a callback ended: `unrouted` means that no running recording waits for it, `orphan` that its job belongs to no
 * recording, `ignored` that it is no recording event, `undelivered` that Temporal did not accept it.
 */
const RESULTS = [
  'delivered',
  'unrouted',
  'orphan',
  'ignored',
  'unauthorized',
  'malformed',
  'too_large',
  'undelivered',
] as const;

export type CallbackResult = (typeof RESULTS)[number];

/** The receiver's own metrics, registered where the caller says. */
export function createMetrics(registry: Registry) {
  const callbacks = new Counter({
    name: 'sparkrtc_receiver_callbacks_total',
    help: 'Callbacks by how they ended.',
    labelNames: ['result'],
    registers: [registry],
  });
  // From the start, so that a first failure is a rise and not a new series.
  for (const result of RESULTS) callbacks.inc({ result }, 0);
  const delivery = new Histogram({
    name: 'sparkrtc_receiver_delivery_seconds',
    help: 'How long Temporal took to take an event, or to fail.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    registers: [registry],
  });
  return { callbacks, delivery };
}
