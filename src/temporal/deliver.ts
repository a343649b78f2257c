import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Deliver } from '../callbacks/receiver.js';
import { isOfStreamJob, JobRoutes, route, workflowsOf } from '../callbacks/routing.js';
import type { RecordingEvent } from '../contract/event.js';
import { RECORDING_JOB_ID } from '../contract/searchAttributes.js';
import { createRoomLookup, queryRunning } from './roomLookup.js';

/** Less than the receiver's limit, so that the server's error is the one that is reported. */
const DEADLINE_MS = 2_650;

/** How often the client of {@link createDeliver} should try a call, to fail well within the deadline. */
export const DELIVERY_ATTEMPTS = 3;

export interface DeliverOptions {
  client: Client;
  /** Gets the reason why an event has no recording. */
  logger?: { info(details: object, message: string): void };
}

/**
 * Delivers by a signal: delivered when one of its workflows has the event in its history, unrouted when none of them
 * runs, an orphan if none has ever had its job. Any other error of any of them rejects; a repeat does no harm to the
 * others. That a user has joined is delivered as `participantJoined`; it is ignored where no one records the user.
 */
export function createDeliver({ client, logger }: DeliverOptions): Deliver {
  const routes = new JobRoutes();
  const findRunning = createRoomLookup(queryRunning(client, DEADLINE_MS));
  return (appName, event) =>
    client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      if ('userId' in event) {
        const joined = await signalAll(client, workflowsOf(appName, event), 'participantJoined');
        return joined.length > 0 ? 'delivered' : 'ignored';
      }
      const target = routes.resolve(route(appName, event), event);
      if (target.kind === 'unrouted') {
        logger?.info({ app: appName, job: event.jobId }, `the event matches no recording: ${target.reason}`);
        return isOfStreamJob(event) ? 'orphan' : 'unrouted';
      }
      const ids = target.kind === 'workflows' ? target.ids : await findRunning(target.prefix);
      const acceptedBy = await signalAll(client, ids, 'recordingEvent', event);
      routes.remember(event, acceptedBy);
      if (acceptedBy.length > 0) return 'delivered';
      return isOfStreamJob(event) && !(await hasEndedByItself(client, ids, event)) ? 'orphan' : 'unrouted';
    });
}

/** Sends a signal to each workflow. Returns those that have it: those that are running. */
async function signalAll(client: Client, ids: string[], name: string, ...args: [RecordingEvent?]): Promise<string[]> {
  // Waits for all signals, so that none is in flight after the response.
  const taken = await Promise.allSettled(ids.map((id) => signal(client, id, name, args)));
  const failed = taken.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return ids.filter((_, index) => taken[index]?.status === 'fulfilled' && taken[index].value);
}

/** False if no such workflow is running; the server does not tell closed from unknown. */
async function signal(client: Client, workflowId: string, name: string, args: unknown[]): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(name, ...args);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Whether the event is a late one of a recording that has ended by itself, and so has stopped its job. */
async function hasEndedByItself(client: Client, ids: string[], { jobId }: RecordingEvent): Promise<boolean> {
  const owners = await Promise.all(ids.map((id) => describe(client, id)));
  return owners.some((owner) => {
    if (!owner || owner.status.name === 'TERMINATED' || owner.status.name === 'TIMED_OUT') return false;
    const owned = owner.typedSearchAttributes.get(RECORDING_JOB_ID);
    // Without search attributes, its latest recording counts.
    return owned === undefined || owned === jobId;
  });
}

async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
