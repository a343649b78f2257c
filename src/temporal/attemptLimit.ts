import { createHash, randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import {
  CREDENTIAL_ATTEMPTS,
  REPORT_ATTEMPT,
  REQUEST_ATTEMPT,
  type AttemptReport,
  type AttemptRequest,
  type AttemptResponse,
} from '../contract/credentialAttempts.js';
import type { HuaweiCredentials } from '../huawei/authentication.js';
import type { AttemptLimit } from '../huawei/credentialGuard.js';
import { CredentialsRejectedError, NotSentError } from '../huawei/errors.js';

/** Milliseconds; includes the wait for other tries. */
const DEADLINE = 45_000;

/** Nothing of it is secret: neither the password nor the secret key. */
function identityOf(credentials: HuaweiCredentials): string[] {
  return 'userName' in credentials ? [credentials.domainName, credentials.userName] : [credentials.accessKey];
}

/**
 * The limit that all workers of a task queue share. Without Temporal no credentials are sent.
 * @param options `versioned`: the workers have versions, none of which may keep the workflow for itself;
 * `credentialsReadAt`: by default now, because a change of the credentials needs a restart
 */
export function sharedAttemptLimit(options: {
  client: Client;
  taskQueue: string;
  credentials: HuaweiCredentials;
  versioned: boolean;
  credentialsReadAt?: number;
}): AttemptLimit {
  const { client, taskQueue, credentials, versioned, credentialsReadAt = Date.now() } = options;
  const hash = createHash('sha256')
    .update(JSON.stringify(identityOf(credentials)))
    .digest('hex')
    .slice(0, 16);
  const workflowId = `credential-attempts:${taskQueue}:${hash}`;
  const call = 'userName' in credentials ? 'IAM POST /v3/auth/tokens' : 'SparkRTC GET /v2/apps';
  let id = '';

  const requestAttempt = (): Promise<AttemptResponse> =>
    client.workflow.executeUpdateWithStart<() => Promise<void>, AttemptResponse, [AttemptRequest]>(REQUEST_ATTEMPT, {
      args: [{ id, credentialsReadAt }],
      startWorkflowOperation: new WithStartWorkflowOperation<() => Promise<void>>(CREDENTIAL_ATTEMPTS, {
        workflowId,
        taskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        ...(versioned && { versioningOverride: 'AUTO_UPGRADE' }),
      }),
    });

  return {
    request: async () => {
      id = randomUUID();
      let response: AttemptResponse;
      try {
        response = await client.withDeadline(Date.now() + DEADLINE, requestAttempt);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const what = 'The credentials were not tried, because Temporal does not say whether they may be';
        throw new NotSentError(`${what}: ${reason}`, { call });
      }
      if (response.notBefore === undefined) return;
      const next = `The next try is possible at ${response.notBefore}.`;
      if (!response.rejected) {
        const why = 'workers died during several tries, which the vendor may have rejected';
        throw new NotSentError(`The credentials were not tried: ${why}. ${next}`, { call });
      }
      const why = 'the vendor has rejected those of this user or key several times, and would lock it';
      throw new CredentialsRejectedError(`The credentials were not tried: ${why}. ${next}`, { call });
    },
    report: async (outcome) => {
      const report: AttemptReport = { id, outcome };
      // A try whose report is lost counts like that of a worker that has died.
      await client.workflow
        .getHandle(workflowId)
        .signal(REPORT_ATTEMPT, report)
        .catch(() => undefined);
    },
  };
}
