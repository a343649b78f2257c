import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { inject, onTestFinished } from 'vitest';

/** A namespace of a test's own that has nothing of ours. All parts of the server know it after a moment. */
export async function bareNamespace(): Promise<{ connection: Connection; address: string; namespace: string }> {
  const address = inject('temporalAddress');
  const namespace = `bare-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  return { connection, address, namespace };
}
