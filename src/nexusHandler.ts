/** `sparkrtc-recorder-worker/nexus`: the operations of the Nexus service, for a worker of yours. */
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getClient, startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import * as nexus from 'nexus-rpc';
import { RecordingNotFoundError } from './client/errors.js';
import { RecordingClient } from './client/recordingClient.js';
import { FailureType } from './contract/failures.js';
import { describeInputProblems, recordingInputSchema, type RecordingInput } from './contract/input.js';
import type { RecordingResult } from './contract/result.js';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowIdOf } from './contract/workflowId.js';
import { recordingsService } from './nexusService.js';

export { recordingsService } from './nexusService.js';

type SingleStreamRecording = (input: RecordingInput) => Promise<RecordingResult>;

/** Options of {@link createRecordingsHandler}. */
export interface RecordingsHandlerOptions {
  /** Where the recorder's workers listen. Default: `single-stream-recording`. */
  taskQueue?: string;
}

/**
 * The operations of the service, for `nexusServices` of a worker in the namespace of the recordings.
 *
 * @example
 * const handler = createRecordingsHandler();
 * await Worker.create({ connection, namespace, taskQueue: 'recordings-nexus', nexusServices: [handler] });
 */
export function createRecordingsHandler({ taskQueue = DEFAULT_TASK_QUEUE }: RecordingsHandlerOptions = {}) {
  return nexus.serviceHandler(recordingsService, {
    record: new WorkflowRunOperationHandler<RecordingInput, RecordingResult>(async (context, input) => {
      const { data: settings, error: invalid } = recordingInputSchema.safeParse(input);
      // The recorder would fail too, but the workflow id needs valid names.
      if (invalid) {
        const problems = describeInputProblems(invalid).join('; ');
        throw failed(FailureType.InvalidInput, `The input of the recording is invalid: ${problems}`);
      }
      const workflowId = workflowIdOf(settings);
      try {
        // If Nexus sends it twice, one recording starts: the server recognizes the request.
        return await startWorkflow<SingleStreamRecording>(context, WORKFLOW_TYPE, {
          workflowId,
          taskQueue,
          args: [input],
          // USE_EXISTING would let two callers share a recording, which either of them ends by being cancelled.
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        throw failed('AlreadyRecording', `${workflowId} is running already.`);
      }
    }),

    // An update: a workflow cannot send one to another workflow.
    stop: async (_context, reference) => {
      try {
        return await new RecordingClient({ client: getClient(), taskQueue }).get(reference).stop();
      } catch (error) {
        // Any other error is retried by Nexus.
        if (!(error instanceof RecordingNotFoundError)) throw error;
        throw new nexus.HandlerError('NOT_FOUND', error.message);
      }
    },
  });
}

/** A failed operation, with a type to branch on like the recorder's own failures. */
function failed(type: string, message: string): nexus.OperationError {
  return new nexus.OperationError('failed', message, { cause: ApplicationFailure.nonRetryable(message, type) });
}
