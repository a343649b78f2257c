import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowStartOptions } from '@temporalio/client';
import {
  describeInputProblems,
  recordingInputSchema,
  type RecordingInput,
  type RecordingSettings,
} from '../contract/input.js';
import { SEARCH_ATTRIBUTES, searchAttributesAtStart } from '../contract/searchAttributes.js';
import { DEFAULT_TASK_QUEUE, titleOf, WORKFLOW_TYPE, workflowIdOf } from '../contract/workflowId.js';
import { InvalidRecordingInputError, isUnknownSearchAttribute } from './errors.js';
import { listRecordings, type ListedRecording, type RecordingFilters } from './listing.js';
import { Recording, type RecordingReference } from './recording.js';

/** Temporal's `Client`; with an unsupported version of it, a type whose property is the error message. */
export type SupportedClient = 'staticSummary' extends keyof WorkflowStartOptions
  ? Client
  : { 'sparkrtc-recorder needs @temporalio/client 1.12.3 or later': never };

/** What a {@link RecordingClient} is made of. */
export interface RecordingClientOptions {
  /** Your Temporal client, 1.12.3 or later. Close its connection yourself. */
  client: SupportedClient;
  /** Where the workers listen. Default: `single-stream-recording`. */
  taskQueue?: string;
  /**
   * Whether recordings get the search attributes by which Temporal's list and {@link RecordingClient.list} find them.
   * Default: true. Without them a recording is found by its workflow id alone, and takes two Temporal actions less.
   */
  searchAttributes?: boolean;
}

/** The result of {@link RecordingClient.start}. */
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

/** How long to wait for the input of a running recording, to compare it. */
const COMPARE_TIMEOUT = 3_000;
const COMPARE_PAUSE = 200;

/**
 * Starts and follows single stream recordings. Everything it does can be done with any Temporal client too.
 *
 * @example
 * const recordings = new RecordingClient({ client });
 * const { recording } = await recordings.start({ appName: 'rtctest', roomId: 'room1', userId: 'user1', recordRule });
 * const { outcome, files } = await recording.result();
 */
export class RecordingClient {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly searchAttributes: boolean;

  constructor({ client, taskQueue = DEFAULT_TASK_QUEUE, searchAttributes = true }: RecordingClientOptions) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.searchAttributes = searchAttributes;
  }

  /**
   * Starts a recording, unless this stream is being recorded already; returns as soon as the server has it, with or
   * without a worker. After a recording has ended, a new one gets the same id.
   * @throws {@link InvalidRecordingInputError} before anything is sent
   * @throws `ServiceError` of Temporal when the server cannot be reached or rejects the call
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

  /** With search attributes, unless they are unwanted or the namespace lacks them: a recording matters more. */
  private async startWorkflow(input: RecordingInput, settings: RecordingSettings) {
    // The id reserves the stream: the server rejects a second run while one is open, and allows one after its end.
    const options: WorkflowStartOptions = {
      workflowId: workflowIdOf(settings),
      taskQueue: this.taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: titleOf(settings),
      staticDetails: `Application ${settings.appName}, bucket ${settings.recordRule.obsAddr.bucket}`,
    };
    const startWith = async (found: Pick<WorkflowStartOptions, 'typedSearchAttributes'>, ...warnings: string[]) => {
      const handle = await this.client.workflow.start(WORKFLOW_TYPE, { ...options, ...found });
      return { runId: handle.firstExecutionRunId, warnings };
    };
    if (!this.searchAttributes) return startWith({});
    try {
      return await startWith({ typedSearchAttributes: searchAttributesAtStart(settings) });
    } catch (error) {
      if (!isUnknownSearchAttribute(error)) throw error;
      return startWith({}, WITHOUT_SEARCH_ATTRIBUTES);
    }
  }

  /** The recording of this key or workflow id; whether there is one shows with the first call. */
  get(reference: RecordingReference): Recording {
    const workflowId =
      typeof reference === 'string'
        ? reference
        : workflowIdOf({ ...reference, videoType: reference.videoType ?? 'CAMERASTREAM' });
    return new Recording(this.client.workflow.getHandle(workflowId));
  }

  /**
   * The recordings that fit all filters: open ones before the others, the latest first; read page by page.
   * @throws {@link SearchAttributesMissingError} where the namespace lacks what the filters need
   *
   * @example
   * for await (const { userId } of recordings.list({ roomId: 'room001', running: true })) console.log(userId);
   */
  list(filters: RecordingFilters = {}): AsyncIterableIterator<ListedRecording> {
    return listRecordings(this.client, filters);
  }

  /** The settings in which the running recording differs from this input. */
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
      return [`The running recording did not return its input: ${(error as Error).message}`];
    }
    if (!running) return ['The running recording has not read its input yet, so that it could not be compared.'];
    const names = Object.keys({ ...wanted, ...running }) as (keyof RecordingSettings)[];
    const different = names.filter((name) => canonical(wanted[name]) !== canonical(running[name]));
    return different.length === 0
      ? []
      : [`The running recording was started with another ${different.join(', ')}; it continues as it was started.`];
  }
}

const WITHOUT_SEARCH_ATTRIBUTES =
  'The recording was started without search attributes, because the namespace does not have ' +
  `${SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ')}. It is not affected; only lists do not find it by them. ` +
  'npm run setup:namespace registers them where the namespace has room for six more of type Keyword.';

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
