import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getClient, startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import * as nexus from 'nexus-rpc';
import {
  DEFAULT_TASK_QUEUE,
  FailureType,
  RecordingClient,
  RecordingNotFoundError,
  recordingInputSchema,
  WORKFLOW_TYPE,
  workflowIdOf,
  type RecordingInput,
  type RecordingResult,
} from 'sparkrtc-recorder';
import { recordingsService } from './service.js';

const taskQueue = process.env['TEMPORAL_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE;

type SingleStreamRecording = (input: RecordingInput) => Promise<RecordingResult>;

/** The operations; they run in the namespace of the recordings, beside the recorder's workers. */
export const recordingsHandler = nexus.serviceHandler(recordingsService, {
  record: new WorkflowRunOperationHandler<RecordingInput, RecordingResult>(async (context, input) => {
    const { data: settings, error: misfit } = recordingInputSchema.safeParse(input);
    // The recorder would say the same, but the id can only be made of names that fit.
    if (misfit) {
      const problems = misfit.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw failed(FailureType.InvalidInput, `The input of the recording does not fit: ${problems.join('; ')}`);
    }
    const workflowId = workflowIdOf(settings);
    try {
      // One that was sent twice by Nexus starts once: the server knows the operation's request again.
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

  // An update, which no workflow can send to another, let alone to one of another namespace.
  stop: async (_context, reference) => {
    try {
      return await new RecordingClient({ client: getClient(), taskQueue }).get(reference).stop();
    } catch (error) {
      // Any other error is Nexus' to try again.
      if (!(error instanceof RecordingNotFoundError)) throw error;
      throw new nexus.HandlerError('NOT_FOUND', error.message);
    }
  },
});

/** An end without a result, with a type to branch on like those that the recorder fails with. */
function failed(type: string, message: string): nexus.OperationError {
  return new nexus.OperationError('failed', message, { cause: ApplicationFailure.nonRetryable(message, type) });
}
