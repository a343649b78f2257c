import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contract/failures.js';
import { describeInputProblems, recordingInputSchema, type RecordingSettings } from '../contract/input.js';
import { workflowIdOf } from '../contract/workflowId.js';

/**
 * The run's first act: checks the input, fills in the defaults and turns times into milliseconds, so that all of it is
 * pinned in the history. Pure.
 * @throws `InvalidInput`, naming every field that does not fit, or the workflow id that the recording must have
 */
export function checkInput(input: unknown): Promise<RecordingSettings> {
  const { data: settings, error } = recordingInputSchema.safeParse(input);
  if (error) {
    const problems = describeInputProblems(error).map((problem) => `\n  - ${problem}`);
    throw invalid(`The input does not fit:${problems.join('')}`);
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
