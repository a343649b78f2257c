import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import {
  describeInputProblems,
  recordingInputSchema,
  type RecordingInput,
  type RecordingSettings,
} from './recording/input.js';
import type { RecordingResult } from './recording/result.js';
import type { RecordingStatus } from './recording/status.js';
import { SEARCH_ATTRIBUTES, searchAttributesAtStart } from './recording/searchAttributes.js';
import { titleOf } from './recording/title.js';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowIdOf, type RecordingKey } from './recording/workflowId.js';

export { recordingInputSchema, type RecordingInput, type RecordingSettings } from './recording/input.js';
export { FailureType } from './recording/failureTypes.js';
export { recordedFileSchema, recordingResultSchema } from './recording/resultSchema.js';
export type { EndedBy, Outcome, RecordedFile, RecordingResult } from './recording/result.js';
export type { Phase, RecordingStatus, StepName, StepProgress } from './recording/status.js';
export type { AnnouncedFile } from './recording/steps.js';
export {
  DEFAULT_TASK_QUEUE,
  WORKFLOW_TYPE,
  workflowIdOf,
  type RecordingKey,
  type VideoType,
} from './recording/workflowId.js';

/** The input does not fit; nothing was sent. */
export class InvalidRecordingInputError extends Error {
  override name = 'InvalidRecordingInputError';
  constructor(
    /** Every field that does not fit and why, one line each: `maxIdleTime: Too small: expected number to be >=5`. */
    readonly problems: string[],
  ) {
    super(
      ['The recording was not started; its input does not fit:', ...problems.map((problem) => `  - ${problem}`)].join(
        '\n',
      ),
    );
  }
}

/** There is no such recording: none was ever started under this id, or the namespace has forgotten it. */
export class RecordingNotFoundError extends Error {
  override name = 'RecordingNotFoundError';
  constructor(
    /** The id that was looked for. */
    readonly workflowId: string,
  ) {
    super(
      `There is no recording "${workflowId}". Check application, room, user and video type; a closed one is kept as long as the namespace's retention.`,
    );
  }
}

/** What a {@link RecordingClient} is made of. */
export interface RecordingClientOptions {
  /** A Temporal client of yours; its connection stays yours to close. */
  client: Client;
  /** Where the workers listen. Default: `single-stream-recording`. */
  taskQueue?: string;
}

/** Which recording: its key (the camera's, unless `videoType` says otherwise), or its workflow id. */
export type RecordingReference = (Omit<RecordingKey, 'videoType'> & Partial<Pick<RecordingKey, 'videoType'>>) | string;

/** What became of {@link RecordingClient.start}. */
export interface StartedRecording {
  /** `recording:{appName}:{roomId}:{userId}:{camera|screen}`: the same for every recording of this stream. */
  workflowId: string;
  /** Temporal's id of this run. Absent when the recording was running already. */
  runId?: string;
  /** This stream is being recorded already: nothing was started, and no second job is made. */
  alreadyRunning: boolean;
  /** What a caller should know, e.g. that the running recording was started with another input. */
  warnings: string[];
  /** To follow it and to stop it. */
  recording: Recording;
}

/** How long a started recording's own input is waited for, to compare it with the one that was asked for. */
const COMPARE_TIMEOUT = 3_000;
const COMPARE_PAUSE = 200;

/**
 * Starts and follows single stream recordings. Other services use this; everything it does can be done with any Temporal client too.
 *
 * @example
 * const recordings = new RecordingClient({ client });
 * const { recording } = await recordings.start({ appName: 'rtctest', roomId: 'room001', userId: 'user001', recordRule });
 * const { outcome, files } = await recording.result();
 */
export class RecordingClient {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor({ client, taskQueue = DEFAULT_TASK_QUEUE }: RecordingClientOptions) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /**
   * Starts a recording, unless this stream is being recorded already; answers as soon as the server has it, with or without a worker.
   * A recording that is over is no hindrance: a new one is made under the same id.
   * @throws {@link InvalidRecordingInputError} before anything is sent
   * @throws `ServiceError` of Temporal when the server cannot be reached or refuses
   */
  async start(input: RecordingInput): Promise<StartedRecording> {
    const settings = check(input);
    const workflowId = workflowIdOf(settings);
    const recording = this.get(workflowId);
    try {
      return { workflowId, alreadyRunning: false, ...(await this.startWorkflow(input, settings)), recording };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return { workflowId, alreadyRunning: true, warnings: await this.differences(recording, settings), recording };
    }
  }

  /** With what makes it easy to find; without that where the namespace does not know it, because a recording matters more. */
  private async startWorkflow(input: RecordingInput, settings: RecordingSettings) {
    // The id is the claim: the server refuses a second run while one is open (FAIL), and allows a new one after its end.
    const options: WorkflowStartOptions = {
      workflowId: workflowIdOf(settings),
      taskQueue: this.taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: titleOf(settings),
      staticDetails: `Application ${settings.appName}, bucket ${settings.recordRule.obsAddr.bucket}`,
    };
    try {
      const typedSearchAttributes = searchAttributesAtStart(settings);
      const handle = await this.client.workflow.start(WORKFLOW_TYPE, { ...options, typedSearchAttributes });
      return { runId: handle.firstExecutionRunId, warnings: [] };
    } catch (error) {
      if (!isUnknownSearchAttribute(error)) throw error;
      const handle = await this.client.workflow.start(WORKFLOW_TYPE, options);
      return { runId: handle.firstExecutionRunId, warnings: [WITHOUT_SEARCH_ATTRIBUTES] };
    }
  }

  /** The recording of this key or workflow id; whether there is one shows with the first call. */
  get(reference: RecordingReference): Recording {
    const workflowId =
      typeof reference === 'string' ? reference : workflowIdOf({ videoType: 'CAMERASTREAM', ...reference });
    return new Recording(this.client.workflow.getHandle(workflowId), this.client);
  }

  /** What the running recording was asked for in another way than this input. */
  private async differences(recording: Recording, wanted: RecordingSettings): Promise<string[]> {
    let running: RecordingSettings | undefined;
    const deadline = Date.now() + COMPARE_TIMEOUT;
    try {
      // One that was started this moment has not read its input yet.
      while (!running && Date.now() < deadline) {
        running = (await this.client.withDeadline(deadline, () => recording.status())).input;
        if (!running) await sleep(COMPARE_PAUSE);
      }
    } catch (error) {
      return [
        `The running recording could not be asked for its input: ${error instanceof Error ? error.message : String(error)}`,
      ];
    }
    if (!running) return ['The running recording has not read its input yet, so that it could not be compared.'];
    const names = Object.keys({ ...wanted, ...running }) as (keyof RecordingSettings)[];
    const different = names.filter((name) => canonical(wanted[name]) !== canonical(running[name]));
    return different.length === 0
      ? []
      : [`The running recording was started with another ${different.join(', ')}; it goes on as it was started.`];
  }
}

/** One recording, running or over. Every method throws {@link RecordingNotFoundError} when there is none. */
export class Recording {
  constructor(
    private readonly handle: WorkflowHandle,
    private readonly client: Client,
  ) {}

  /** Temporal's id of the workflow. */
  get workflowId(): string {
    return this.handle.workflowId;
  }

  /**
   * What is going on, or how it ended. Needs a worker.
   * @throws `ServiceError` of Temporal when no worker answers in time
   */
  async status(): Promise<RecordingStatus> {
    return this.found(() => this.handle.query<RecordingStatus>('recordingStatus'));
  }

  /**
   * Ends the recording; answers at once with its status, before the vendor has stopped the job. Await {@link result} for the files. Needs a worker, and
   * waits for one.
   * @throws {@link RecordingNotFoundError} when it is over, too
   */
  async stop(): Promise<RecordingStatus> {
    return this.found(() => untilTaken(() => this.handle.executeUpdate<RecordingStatus, []>('stopRecording')));
  }

  /**
   * The user is in the room: a recording that waits for that starts its job; any other takes no notice.
   * @throws {@link RecordingNotFoundError} when it is over, too
   */
  async participantJoined(): Promise<void> {
    return this.found(() => this.handle.signal('participantJoined'));
  }

  /**
   * Waits for the end, however long it takes.
   * @throws `WorkflowFailedError` of Temporal; its cause is an `ApplicationFailure` whose type is one of {@link FailureType} when the recording failed, and a
   * `CancelledFailure` or `TerminatedFailure` when somebody else ended it
   */
  async result(): Promise<RecordingResult> {
    return this.found(() => this.handle.result() as Promise<RecordingResult>);
  }

  private async found<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new RecordingNotFoundError(this.workflowId);
      throw error;
    }
  }
}

const WITHOUT_SEARCH_ATTRIBUTES =
  'The recording was started without search attributes, because the namespace does not have them: register them once ' +
  `(npm run setup:namespace), to find recordings by ${SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ')}.`;

/** gRPC's INVALID_ARGUMENT. */
const INVALID_ARGUMENT = 3;

/** gRPC's FAILED_PRECONDITION. */
const FAILED_PRECONDITION = 9;
const UPDATE_ATTEMPTS = 5;
const UPDATE_PAUSE = 100;

/**
 * The server turns an update away when something else comes for the workflow in the moment in which the update would end it; the workflow has
 * seen nothing of it then.
 */
async function untilTaken<T>(update: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await update();
    } catch (error) {
      const { cause } = error instanceof ServiceError ? error : {};
      if (!isGrpcServiceError(cause) || Number(cause.code) !== FAILED_PRECONDITION || attempt === UPDATE_ATTEMPTS)
        throw error;
      await sleep(UPDATE_PAUSE);
    }
  }
}

function isUnknownSearchAttribute(error: unknown): boolean {
  const { cause } = error instanceof ServiceError ? error : {};
  return (
    isGrpcServiceError(cause) && Number(cause.code) === INVALID_ARGUMENT && /search attribute/i.test(cause.details)
  );
}

function check(input: RecordingInput): RecordingSettings {
  const parsed = recordingInputSchema.safeParse(input);
  if (!parsed.success) throw new InvalidRecordingInputError(describeInputProblems(parsed.error));
  return parsed.data;
}

/** JSON with sorted keys: equal for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a.localeCompare(b)))
      : part,
  );
}
