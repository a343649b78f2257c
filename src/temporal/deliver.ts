import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Deliver } from '../callbacks/receiver.js';
import { JobRoutes, route } from '../callbacks/routing.js';
import type { RecordingEvent } from '../contract/event.js';

/** Less than the receiver's limit, so that the server's error is the one that is reported. */
const DEADLINE_MS = 2_200;

/** How often the client of {@link createDeliver} should try a call, to fail well within the deadline. */
export const DELIVERY_ATTEMPTS = 3;

export interface DeliverOptions {
  client: Client;
  /** Learns why an event has no recording to go to. */
  logger?: { info(details: object, message: string): void };
}

/**
 * Delivers by the signal `recordingEvent`: delivered when one of its workflows has the event in its history, unrouted
 * when none of them runs. Any other error of any of them rejects; a repeat does no harm to the others.
 */
export function createDeliver({ client, logger }: DeliverOptions): Deliver {
  const routes = new JobRoutes();
  return (appName, event) =>
    client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      const target = routes.resolve(route(appName, event), event);
      if (target.kind === 'unrouted') {
        logger?.info({ app: appName, job: event.jobId }, `the event is for no recording: ${target.why}`);
        return 'unrouted';
      }
      const ids = target.kind === 'workflows' ? target.ids : await findRunning(client, target.prefix);
      // Waits for all signals, so that none is in flight after the response.
      const taken = await Promise.allSettled(ids.map((id) => signal(client, id, event)));
      const failed = taken.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
      const acceptedBy = ids.filter((_, index) => taken[index]?.status === 'fulfilled' && taken[index].value);
      routes.remember(event, acceptedBy);
      return acceptedBy.length > 0 ? 'delivered' : 'unrouted';
    });
}

/** Whether the workflow was there to take it: one that is closed and one that never was are the same to the server. */
async function signal(client: Client, workflowId: string, event: RecordingEvent): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal('recordingEvent', event);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function findRunning(client: Client, prefix: string): Promise<string[]> {
  const ids: string[] = [];
  // The prefix is made of checked ids only: it holds no quote.
  const query = `WorkflowId STARTS_WITH "${prefix}" AND ExecutionStatus = "Running"`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}
