import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contract/failures.js';
import { describeInputProblems, recordingInputSchema, type RecordingSettings } from '../contract/input.js';
import { unreadableEncodingOf } from '../contract/unreadableInput.js';
import { workflowIdOf } from '../contract/workflowId.js';

/**
 * Before step 1: checks the input, fills in the defaults and converts times to milliseconds, for the history.
 * @throws `InvalidInput` with every invalid field, or the workflow id that the recording must have
 */
export function checkInput(input: unknown): Promise<RecordingSettings> {
  const encoding = unreadableEncodingOf(input);
  if (encoding !== undefined) {
    throw invalid(
      `The input has the encoding "${encoding}", which the worker cannot read: the caller encodes it by a payload ` +
        'codec. Set TEMPORAL_PAYLOAD_CODEC of worker, receiver and CLI to the same, or start without it.',
    );
  }
  const { data: settings, error } = recordingInputSchema.safeParse(input);
  if (error) {
    const problems = describeInputProblems(error).map((problem) => `\n  - ${problem}`);
    throw invalid(`The input is invalid:${problems.join('')}`);
  }
  const { workflowId } = activityInfo().workflowExecution ?? {};
  const rightId = workflowIdOf(settings);
  if (workflowId !== rightId) {
    throw invalid(
      `The workflow id of this recording must be "${rightId}", not "${workflowId}": ` +
        'callbacks are routed by it, and it keeps a second start from making a second job.',
    );
  }
  return Promise.resolve(settings);
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.InvalidInput);
}
