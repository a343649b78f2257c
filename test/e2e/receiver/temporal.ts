import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { onTestFinished } from 'vitest';
import { connectLazily } from '../../../src/temporal/connection.js';
import { createDeliver, DELIVERY_ATTEMPTS } from '../../../src/temporal/deliver.js';
import { checkReadiness } from '../../../src/temporal/readiness.js';
import { startReceiver, type StartedReceiver } from '../../support/startReceiver.js';

/** A receiver that delivers to this server, as the process is wired. */
export async function startDeliveringReceiver(address: string, namespace = 'default'): Promise<StartedReceiver> {
  const client = connectLazily(
    { connection: { address }, namespace, taskQueue: 'unused' },
    { attempts: DELIVERY_ATTEMPTS },
  );
  onTestFinished(() => client.connection.close());
  return startReceiver(createDeliver({ client }), () => checkReadiness(client));
}

/** A client of the tests' own. */
export async function connectClient(address: string): Promise<Client> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

/** An open workflow that no one works on: what is signalled to it stays in its history. */
export async function startIdleWorkflow(client: Client, workflowId: string): Promise<WorkflowHandle> {
  const handle = await client.workflow.start('singleStreamRecording', {
    workflowId,
    taskQueue: `unserved-${randomUUID()}`,
  });
  onTestFinished(async () => {
    // It may be closed already, and the server may be gone: the next test uses other ids anyway.
    await client.withDeadline(Date.now() + 500, () => handle.terminate()).catch(() => undefined);
  });
  return handle;
}

/** The signals in a workflow's history, oldest first. */
export async function signalsOf(handle: WorkflowHandle): Promise<{ name: string; argument: unknown }[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal
      ? [
          {
            name: signal.signalName ?? '',
            argument: JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString()) as unknown,
          },
        ]
      : [],
  );
}
