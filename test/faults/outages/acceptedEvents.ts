import { expect } from 'vitest';
import type { SentCallback } from '../../../simulator/callbacks.js';
import type { Recording } from '../../../src/client.js';
import type { Deployment } from '../../support/deployment.js';

/** Every callback that got 200 while its recording was open is a signal in that recording's history. */
export async function expectNoAcceptedEventLost(deployment: Deployment, recordings: Recording[]): Promise<void> {
  const stored = new Set<string>();
  const closedAt = new Map<string, number>();
  for (const recording of recordings) {
    for (const event of await eventsIn(deployment, recording)) stored.add(event);
    const { closeTime } = await deployment.client.workflow.getHandle(recording.workflowId).describe();
    closedAt.set(String((await recording.result()).jobId), Number(closeTime));
  }
  const accepted = deployment.simulator.callbacks.filter(
    ({ status, respondedAt, event }) =>
      status === 200 && respondedAt < (closedAt.get(String(event.job_id)) ?? Infinity),
  );
  expect(accepted).not.toEqual([]);
  expect(accepted.map(nameOf).filter((event) => !stored.has(event))).toEqual([]);
}

/** The events in a recording's history, a repeated one as often as it was stored. */
export async function eventsIn({ client }: Deployment, { workflowId }: Recording): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    if (!data) return [];
    const { jobId, eventType, obsObject } = JSON.parse(Buffer.from(data).toString()) as Record<string, string>;
    return [[jobId, eventType, obsObject ?? ''].join(' ')];
  });
}

/** What tells one event of a job from another. */
function nameOf({ event }: SentCallback): string {
  const { job_id: job, event_type: type, obs_object: object } = event as Record<string, string | undefined>;
  return [job, type, object ?? ''].join(' ');
}
