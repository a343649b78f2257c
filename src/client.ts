/** The package's entry point for other services. */
export {
  RecordingClient,
  type RecordingClientOptions,
  type StartedRecording,
  type SupportedClient,
} from './client/recordingClient.js';
export type { Recording, RecordingReference } from './client/recording.js';
export type { ListedRecording, RecordingFilters } from './client/listing.js';
export {
  InvalidRecordingInputError,
  RecordingFailedError,
  RecordingNotFoundError,
  SearchAttributesMissingError,
} from './client/errors.js';
export { recordingInputSchema, type RecordingInput, type RecordingSettings } from './contract/input.js';
export { FailureType } from './contract/failures.js';
export { recordingManifestSchema, type RecordingManifest } from './contract/manifest.js';
export { recordedFileSchema, recordingResultSchema } from './contract/result.js';
export type { EndedBy, ManifestPlace, Media, Outcome, RecordedFile, RecordingResult } from './contract/result.js';
export type { LastPoll, Phase, Reconciliation, RecordingStatus, StepName, StepProgress } from './contract/status.js';
export type { AnnouncedFile } from './contract/activityTypes.js';
export {
  DEFAULT_TASK_QUEUE,
  WORKFLOW_TYPE,
  workflowIdOf,
  type RecordingKey,
  type VideoType,
} from './contract/workflowId.js';
