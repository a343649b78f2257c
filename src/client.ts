/** The package's door: what other services import. */
export { RecordingClient, type RecordingClientOptions, type StartedRecording } from './client/recordingClient.js';
export type { Recording, RecordingReference } from './client/recording.js';
export type { ListedRecording, RecordingFilters } from './client/listing.js';
export {
  InvalidRecordingInputError,
  RecordingFailedError,
  RecordingNotFoundError,
  SearchAttributesMissingError,
} from './client/errors.js';
export { recordingInputSchema, type RecordingInput, type RecordingSettings } from './recording/input.js';
export { FailureType } from './recording/failureTypes.js';
export { recordedFileSchema, recordingResultSchema } from './recording/resultSchema.js';
export type { EndedBy, Outcome, RecordedFile, RecordingResult } from './recording/result.js';
export type { LastPoll, Phase, RecordingStatus, StepName, StepProgress } from './recording/status.js';
export type { AnnouncedFile } from './recording/steps.js';
export {
  DEFAULT_TASK_QUEUE,
  WORKFLOW_TYPE,
  workflowIdOf,
  type RecordingKey,
  type VideoType,
} from './recording/workflowId.js';
