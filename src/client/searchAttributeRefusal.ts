import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** gRPC's INVALID_ARGUMENT. */
const INVALID_ARGUMENT = 3;

/** Whether the server refused a call because the namespace does not have a search attribute. */
export function isUnknownSearchAttribute(error: unknown): boolean {
  const refusal = error instanceof ServiceError ? error.cause : error;
  return (
    isGrpcServiceError(refusal) &&
    Number(refusal.code) === INVALID_ARGUMENT &&
    /search attribute/i.test(refusal.details)
  );
}
