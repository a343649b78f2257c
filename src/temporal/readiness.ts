import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, NamespaceNotFoundError, type Client, type Connection } from '@temporalio/client';

const DEADLINE_MS = 900;

/** Resolves if the server responds and has the namespace. */
export async function checkReadiness(client: Client): Promise<void> {
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    describeNamespace(client.connection, client.options.namespace),
  );
}

/** Rejects if the namespace does not exist or access is denied. */
export async function describeNamespace(
  connection: Pick<Connection, 'workflowService'>,
  namespace: string,
): Promise<void> {
  await connection.workflowService.describeNamespace({ namespace });
}

/** What an operator has to do about an error of Temporal; undefined for one that may pass (server unreachable). */
export function adviceFor(error: unknown, namespace: string): string | undefined {
  if (error instanceof NamespaceNotFoundError) return noSuchNamespace(namespace);
  if (!isGrpcServiceError(error)) return undefined;
  switch (error.code) {
    case status.NOT_FOUND:
      return noSuchNamespace(namespace);
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return (
        `Temporal denies access to namespace "${namespace}" (${error.details}): check TEMPORAL_API_KEY, or ` +
        'the client certificate, and its permissions.'
      );
    default:
      return undefined;
  }
}

function noSuchNamespace(namespace: string): string {
  return (
    `Temporal has no namespace "${namespace}": set TEMPORAL_NAMESPACE to one that it has, or create it ` +
    `(temporal operator namespace create --namespace ${namespace}).`
  );
}
