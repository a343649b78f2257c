import type { Client } from '@temporalio/client';

/** The index of workflows lags behind by up to a second or two: a recording that has just started is not in it yet. */
const AGAIN_AFTER_MS = [200, 600, 1_300, 2_200];

/** The ids of the running workflows whose ids have a prefix. */
export type Query = (prefix: string) => Promise<string[]>;

/**
 * Looks for the running workflows of a room, again while there are none, for up to 2.2 s. No negative result is kept,
 * because the recording may have started meanwhile; lookups of one room at the same time share each query.
 */
export function createRoomLookup(query: Query): Query {
  const underWay = new Map<string, Promise<string[]>>();
  const shared: Query = (prefix) => {
    const running = underWay.get(prefix) ?? query(prefix).finally(() => underWay.delete(prefix));
    underWay.set(prefix, running);
    return running;
  };
  return async (prefix) => {
    const start = Date.now();
    let found = await shared(prefix);
    for (const after of AGAIN_AFTER_MS) {
      const pause = start + after - Date.now();
      // Late: the index is slow, and the response must not be.
      if (found.length > 0 || pause < 0) continue;
      await new Promise((resolve) => setTimeout(resolve, pause));
      found = await shared(prefix);
    }
    return found;
  };
}

/** Queries the index of the namespace. @param deadlineMs for each query, whichever event began it */
export function queryRunning(client: Client, deadlineMs: number): Query {
  return (prefix) =>
    client.withDeadline(Date.now() + deadlineMs, async () => {
      const ids: string[] = [];
      // The prefix is made of checked ids only: it holds no quote.
      const query = `WorkflowId STARTS_WITH "${prefix}" AND ExecutionStatus = "Running"`;
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      return ids;
    });
}
