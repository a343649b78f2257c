import { setTimeout as sleep } from 'node:timers/promises';
import { status as grpcStatus } from '@grpc/grpc-js';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { StepFailure } from '../contract/failures.js';
import type { RecordingResult } from '../contract/result.js';
import type { LastPoll, RecordingStatus } from '../contract/status.js';
import type { JobPollProgress, ParticipantPollProgress } from '../contract/activityTypes.js';
import type { RecordingKey } from '../contract/workflowId.js';
import { RecordingFailedError, RecordingNotFoundError } from './errors.js';

/** Which recording: its key (the camera's, unless `videoType` says otherwise), or its workflow id. */
export type RecordingReference =
  (Omit<RecordingKey, 'videoType'> & { videoType?: RecordingKey['videoType'] | undefined }) | string;

/** One recording, running or ended. Every method throws {@link RecordingNotFoundError} when there is none. */
export class Recording {
  constructor(private readonly handle: WorkflowHandle) {}

  /** Temporal's id of the workflow. */
  get workflowId(): string {
    return this.handle.workflowId;
  }

  /**
   * The current state, or how it ended. Needs a worker.
   * @throws `ServiceError` of Temporal if no worker responds in time
   */
  async status(): Promise<RecordingStatus> {
    return this.found(() => this.handle.query<RecordingStatus>('recordingStatus'));
  }

  /**
   * The latest attempt of the poll for the job's state, or else for the user's, as Temporal shows it among the pending
   * activities; undefined while none is pending, or before its first attempt has ended. Needs no worker.
   */
  async lastPoll(): Promise<LastPoll | undefined> {
    const { raw } = await this.found(() => this.handle.describe());
    const pollOf = (name: string) => raw.pendingActivities?.find(({ activityType }) => activityType?.name === name);
    const poll = pollOf('pollIndividualStreamJob') ?? pollOf('pollParticipant');
    const { heartbeatDetails, lastFailure, lastAttemptCompleteTime } = poll ?? {};
    const { loadedDataConverter } = this.handle.client.options;
    const [progress] = await decodeArrayFromPayloads(loadedDataConverter, heartbeatDetails?.payloads);
    const last = (progress as JobPollProgress | ParticipantPollProgress | undefined)?.last;
    if (lastFailure && lastFailure.applicationFailureInfo?.type !== StepFailure.NotYet) {
      const at = optionalTsToDate(lastAttemptCompleteTime) ?? new Date(last?.at ?? Date.now());
      return { at: at.toISOString(), error: 'unreachable', message: lastFailure.message ?? 'The attempt failed.' };
    }
    if (!last) return undefined;
    const at = new Date(last.at).toISOString();
    if ('online' in last) return { at, state: last.online ? 'ONLINE' : 'OFFLINE' };
    return { at, ...(last.state ? { state: last.state } : { error: 'notFound' }) };
  }

  /**
   * Ends the recording; returns its status at once, before the vendor has stopped the job. Await {@link result} for
   * the files. Needs a worker, and waits for one.
   * @throws {@link RecordingNotFoundError} also if it has ended
   */
  async stop(): Promise<RecordingStatus> {
    return this.found(() => untilAccepted(() => this.handle.executeUpdate<RecordingStatus, []>('stopRecording')));
  }

  /**
   * The user is in the room: a recording that waits for that starts its job; any other takes no notice.
   * @throws {@link RecordingNotFoundError} also if it has ended
   */
  async participantJoined(): Promise<void> {
    return this.found(() => this.handle.signal('participantJoined'));
  }

  /**
   * Waits for the end, however long it takes.
   * @throws {@link RecordingFailedError} when it ends without a result; its cause is Temporal's `WorkflowFailedError`
   */
  async result(): Promise<RecordingResult> {
    return this.found(() => this.handle.result() as Promise<RecordingResult>);
  }

  /**
   * The result, or undefined while the recording runs. Needs no worker.
   * @throws {@link RecordingFailedError} when it has ended without a result
   */
  async resultIfOver(): Promise<RecordingResult | undefined> {
    const { status } = await this.found(() => this.handle.describe());
    return status.name === 'RUNNING' ? undefined : this.result();
  }

  private async found<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new RecordingNotFoundError(this.workflowId);
      if (error instanceof WorkflowFailedError) throw new RecordingFailedError(this.workflowId, error);
      throw error;
    }
  }
}

const UPDATE_ATTEMPTS = 5;
const UPDATE_PAUSE = 100;

/** The server rejects an update that would end the workflow while something else arrives for it. */
async function untilAccepted<T>(update: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await update();
    } catch (error) {
      const { cause } = error instanceof ServiceError ? error : {};
      const isRejected = isGrpcServiceError(cause) && cause.code === grpcStatus.FAILED_PRECONDITION;
      if (!isRejected || attempt === UPDATE_ATTEMPTS) throw error;
      await sleep(UPDATE_PAUSE);
    }
  }
}
