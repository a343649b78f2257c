import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { WorkflowHandle } from '@temporalio/client';
import type { RecordingFacts, StoredEvent } from './facts.js';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/**
 * What the history alone can tell: when the recording was open, which callbacks reached it, which starts were
 * got a response.
 */
export function readHistory({
  events,
}: History): Pick<RecordingFacts, 'openedAt' | 'closedAt' | 'startedJobs' | 'storedEvents'> {
  const facts: Pick<RecordingFacts, 'startedJobs' | 'storedEvents'> = { startedJobs: [], storedEvents: [] };
  const starts = new Set<string>();
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    const signaled = event.workflowExecutionSignaledEventAttributes;
    if (scheduled?.activityType?.name === 'startIndividualStreamJob') starts.add(String(event.eventId));
    if (completed && starts.has(String(completed.scheduledEventId))) {
      facts.startedJobs.push(read<{ jobId: string }>(completed.result).jobId);
    }
    if (signaled?.signalName === 'recordingEvent') facts.storedEvents.push(read<StoredEvent>(signaled.input));
  }
  return { openedAt: tsToMs(events?.at(0)?.eventTime), closedAt: tsToMs(events?.at(-1)?.eventTime), ...facts };
}

function read<T>(message: Parameters<typeof firstOf>[0]): T {
  return defaultPayloadConverter.fromPayload<T>(firstOf(message));
}

function firstOf(
  message: { payloads?: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null } | null | undefined,
) {
  const payload = message?.payloads?.[0];
  if (!payload) throw new Error('an event of the history has no content');
  return payload;
}
