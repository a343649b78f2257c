import type { Client } from '@temporalio/client';

const DEADLINE_MS = 900;

/** Resolves when the server answers and knows the namespace: what a signal needs. */
export async function checkReadiness(client: Client): Promise<void> {
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.describeNamespace({ namespace: client.options.namespace }),
  );
}
