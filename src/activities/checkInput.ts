import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../recording/failureTypes.js';
import { describeInputProblems, recordingInputSchema, type RecordingSettings } from '../recording/input.js';
import { PROCEDURE } from '../recording/steps.js';
import { workflowIdOf } from '../recording/workflowId.js';

/** The settings, and how the run goes through the procedure. */
export interface CheckedInput extends RecordingSettings {
  /** See `PROCEDURE`. */
  procedure: number;
  /** The application's id where this worker remembers the outcome of steps 1 to 4 for these settings. */
  rememberedAppId?: string;
}

/**
 * The run's first act: checks the input, fills in the defaults and turns times into milliseconds, so that all of it is pinned in the history. Says also
 * what this worker remembers, which decides whether steps 1 to 4 have to wait for each other.
 * @throws `InvalidInput`, naming every field that does not fit, or the workflow id that the recording must have
 */
export function checkInput(remembers: (settings: RecordingSettings) => string | undefined) {
  return (input: unknown): Promise<CheckedInput> => {
    const settings = check(input);
    const rememberedAppId = remembers(settings);
    return Promise.resolve({
      ...settings,
      procedure: PROCEDURE,
      ...(rememberedAppId !== undefined && { rememberedAppId }),
    });
  };
}

function check(input: unknown): RecordingSettings {
  const parsed = recordingInputSchema.safeParse(input);
  if (!parsed.success) {
    throw invalid(
      ['The input does not fit:', ...describeInputProblems(parsed.error).map((problem) => `  - ${problem}`)].join('\n'),
    );
  }
  const settings = parsed.data;
  const { workflowId } = activityInfo().workflowExecution ?? {};
  const rightId = workflowIdOf(settings);
  if (workflowId !== rightId) {
    throw invalid(
      `The workflow id of this recording must be "${rightId}", not "${workflowId}": callbacks are routed by it, and it keeps a second start from making a second job.`,
    );
  }
  return settings;
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.InvalidInput);
}
