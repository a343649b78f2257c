import type { VirtualTime } from './virtualTime.js';
import { fromPayloads, toPayload, toPayloads, type ActivationJob, type Command } from './workflowThread.js';

type ScheduleActivity = NonNullable<Command['scheduleActivity']>;
type ScheduleLocalActivity = NonNullable<Command['scheduleLocalActivity']>;
type Duration = ScheduleActivity['startToCloseTimeout'];
export type Resolution = NonNullable<NonNullable<ActivationJob['resolveActivity']>['result']>;
type Failure = NonNullable<NonNullable<Resolution['failed']>['failure']>;

/** What one attempt of an activity ends with; a worker that dies and a call that hangs report nothing. */
export type Outcome = { result: unknown } | { failure: AttemptFailure } | { silent: 'workerDied' | 'hung' };

export interface AttemptFailure {
  type: string;
  message: string;
  nonRetryable?: boolean;
  /** Milliseconds. */
  nextRetryDelay?: number;
  details?: unknown[];
  /** The details of the heartbeat that the attempt sent before it failed. */
  heartbeatDetails?: unknown;
}

/** One attempt, as the world performs it: how long it takes (milliseconds) and what comes of it at that time. */
export interface Attempt {
  after: number;
  outcome: () => Outcome | Promise<Outcome>;
}

export interface ActivityCall {
  type: string;
  args: unknown[];
  attempt: number;
  /** The details of the last heartbeat of an earlier attempt. */
  heartbeatDetails?: unknown;
}

export type Perform = (call: ActivityCall) => Attempt;

/** Values of Temporal's enums RetryState and TimeoutType. */
const RETRY_STATE = { nonRetryable: 2, timeout: 3, maximumAttempts: 4, cancelRequested: 7 };
const TIMEOUTS = {
  StartToClose: { type: 1, message: 'activity StartToClose timeout' },
  ScheduleToClose: { type: 3, message: 'activity ScheduleToClose timeout' },
  Heartbeat: { type: 4, message: 'activity Heartbeat timeout' },
};
export const waitsForCancellation = ({ cancellationType }: ScheduleActivity): boolean =>
  Number(cancellationType) === 1;

/** One scheduled activity on the side of the server: attempts, retries, timeouts, cancellation. */
export class ActivityExecution {
  readonly #scheduledAt: number;
  #attempt = 0;
  #running = false;
  #cancelRequested = false;
  #done = false;
  #lastFailure: Failure | undefined;
  #heartbeatDetails: unknown;
  /** Cancels what is planned for the attempt or for the pause before the next one. */
  #planned: (() => void)[] = [];
  readonly #cancelLimit: () => void = () => undefined;

  constructor(
    readonly command: ScheduleActivity,
    private readonly deps: {
      time: VirtualTime;
      perform: Perform;
      /** How long an attempt waits for a worker. */
      queueing: () => number;
      resolve: (resolution: Resolution) => void;
    },
  ) {
    this.#scheduledAt = deps.time.now;
    const limit = ms(command.scheduleToCloseTimeout);
    if (limit !== undefined) this.#cancelLimit = deps.time.after(limit, () => this.#timeOut('ScheduleToClose'));
    this.#plan(deps.queueing(), () => this.#begin());
  }

  /** Of one that waits for its cancellation: at once between attempts, otherwise as the attempt ends. */
  cancel(): void {
    if (this.#done) return;
    this.#cancelRequested = true;
    if (!this.#running) this.#end(cancelled(this.command));
  }

  /** No one waits for it any more. A running attempt still has its effect: the world has planned it. */
  abandon(): void {
    this.#done = true;
    this.#clear();
    this.#cancelLimit();
  }

  #begin(): void {
    this.#running = true;
    this.#attempt += 1;
    const { after, outcome } = this.deps.perform({
      type: this.command.activityType ?? '',
      args: fromPayloads(this.command.arguments),
      attempt: this.#attempt,
      heartbeatDetails: this.#heartbeatDetails,
    });
    const startToClose = ms(this.command.startToCloseTimeout) ?? Infinity;
    const heartbeat = ms(this.command.heartbeatTimeout) ?? Infinity;
    if (startToClose < after) this.#plan(startToClose, () => this.#timeOut('StartToClose'));
    this.#plan(after, async () => {
      const ended = await outcome();
      if ('result' in ended) this.#end({ completed: { result: toPayload(ended.result) } });
      else if ('failure' in ended) this.#fail(applicationFailure(ended.failure), ended.failure);
      else if (ended.silent === 'workerDied' && heartbeat < startToClose)
        this.#plan(heartbeat, () => this.#timeOut('Heartbeat'));
      else this.#plan(startToClose - after, () => this.#timeOut('StartToClose'));
    });
  }

  #timeOut(kind: keyof typeof TIMEOUTS): void {
    if (this.#done) return;
    const { type, message } = TIMEOUTS[kind];
    const failure: Failure = {
      message,
      timeoutFailureInfo: { timeoutType: type },
      ...(kind === 'ScheduleToClose' && this.#lastFailure && { cause: this.#lastFailure }),
    };
    if (kind === 'ScheduleToClose') this.#end(failed(this.command, failure, RETRY_STATE.timeout));
    else this.#fail(failure, { type: `TemporalTimeout:${kind}`, message });
  }

  #fail(failure: Failure, { type, nonRetryable, nextRetryDelay, heartbeatDetails }: AttemptFailure): void {
    if (this.#done) return;
    this.#heartbeatDetails = heartbeatDetails ?? this.#heartbeatDetails;
    this.#clear();
    this.#running = false;
    const { retryPolicy: policy } = this.command;
    const give = (state: number) => this.#end(failed(this.command, failure, state));
    if (nonRetryable || policy?.nonRetryableErrorTypes?.includes(type)) return give(RETRY_STATE.nonRetryable);
    if (this.#cancelRequested) return give(RETRY_STATE.cancelRequested);
    if (policy?.maximumAttempts && this.#attempt >= policy.maximumAttempts) return give(RETRY_STATE.maximumAttempts);
    const initial = ms(policy?.initialInterval) ?? 1000;
    const backOff = Math.min(
      initial * (policy?.backoffCoefficient || 2) ** (this.#attempt - 1),
      ms(policy?.maximumInterval) ?? initial * 100,
    );
    // The server takes no less than a second.
    const pause = Math.max(1000, nextRetryDelay ?? backOff);
    const limit = this.#scheduledAt + (ms(this.command.scheduleToCloseTimeout) ?? Infinity);
    if (this.deps.time.now + pause >= limit) return give(RETRY_STATE.timeout);
    this.#lastFailure = failure;
    this.#plan(pause + this.deps.queueing(), () => this.#begin());
  }

  #end(resolution: Resolution): void {
    if (this.#done) return;
    this.abandon();
    this.deps.resolve(resolution);
  }

  #plan(after: number, action: () => void | Promise<void>): void {
    this.#planned.push(this.deps.time.after(after, action));
  }

  #clear(): void {
    for (const cancel of this.#planned) cancel();
    this.#planned = [];
  }
}

/** A local activity ends within its workflow task; one that fails without a retry fails with its bare failure. */
export function localResolution(outcome: Outcome): Resolution {
  if ('result' in outcome) return { completed: { result: toPayload(outcome.result) } };
  if ('failure' in outcome) return { failed: { failure: applicationFailure(outcome.failure) } };
  const { type, message } = TIMEOUTS.StartToClose;
  return { failed: { failure: { message, timeoutFailureInfo: { timeoutType: type } } } };
}

/** How an activity that no one waits for is resolved when its cancellation is requested. */
export function cancelled(command: ScheduleActivity | ScheduleLocalActivity): Resolution {
  const cause: Failure = { message: 'Activity cancelled', canceledFailureInfo: {} };
  return { cancelled: { failure: { ...activityFailure(command, RETRY_STATE.cancelRequested), cause } } };
}

function failed(command: ScheduleActivity, cause: Failure, retryState: number): Resolution {
  return { failed: { failure: { ...activityFailure(command, retryState), cause } } };
}

function activityFailure({ activityType, activityId }: ScheduleActivity | ScheduleLocalActivity, retryState: number) {
  return {
    message: 'Activity task failed',
    activityFailureInfo: {
      activityType: { name: activityType ?? '' },
      activityId: activityId ?? '',
      retryState,
      identity: 'worker',
    },
  };
}

function applicationFailure({ type, message, nonRetryable = false, details = [] }: AttemptFailure): Failure {
  return {
    message,
    source: 'TypeScriptSDK',
    applicationFailureInfo: { type, nonRetryable, details: { payloads: toPayloads(...details) } },
  };
}

/** Milliseconds of a protobuf duration; undefined where there is none, or none above zero. */
export function ms(duration: Duration): number | undefined {
  if (!duration) return undefined;
  const total = Number(duration.seconds ?? 0) * 1000 + Math.round((duration.nanos ?? 0) / 1e6);
  return total > 0 ? total : undefined;
}
