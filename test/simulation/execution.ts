import { createHash } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { coresdk } from '@temporalio/proto';
import {
  ActivityExecution,
  cancelled,
  localResolution,
  ms,
  waitsForCancellation,
  type Perform,
  type Resolution,
} from './activityExecution.js';
import type { VirtualTime } from './virtualTime.js';
import {
  fromPayload,
  fromPayloads,
  toPayload,
  toPayloads,
  toTimestamp,
  type ActivationDetails,
  type ActivationJob,
  type Command,
  type RunIdentity,
  type WorkflowInstance,
  type WorkflowThread,
} from './workflowThread.js';

/** How an execution ended. */
export type Closed =
  { kind: 'completed'; result: unknown } | { kind: 'failed'; type: string; message: string } | { kind: 'cancelled' };

export type UpdateOutcome = { completed: unknown } | { rejected: string };

export interface ExecutionOptions {
  thread: WorkflowThread;
  time: VirtualTime;
  workflowType: string;
  workflowId: string;
  taskQueue: string;
  input: unknown;
  /** Keywords that the caller sets with the start. */
  searchAttributes: Record<string, string>;
  perform: Perform;
  performLocal: Perform;
  /** Milliseconds that a workflow task or an attempt waits for a worker. */
  queueing: (what: 'task' | 'activity') => number;
  /** Milliseconds from the start of a workflow task until the server has its commands. */
  taskDuration: () => number;
  /** Whether the worker has forgotten the execution before this task (counted over all its runs). */
  isEvicted: (task: number) => boolean;
  /** Whether the server suggests continue-as-new in this task of this run, each counted from 1. */
  suggestsContinueAsNew: (run: number, task: number) => boolean;
  /** Receives what happens, for the story of a run. */
  observe: (what: string) => void;
}

/** One activation of the SDK with the commands that it led to. */
interface LoggedActivation {
  jobs: ActivationJob[];
  details: ActivationDetails;
  commands: string;
}

type LocalActivity = NonNullable<Command['scheduleLocalActivity']>;

/** The invariant of replay: the same activations lead to the same commands. */
export class ReplayMismatch extends Error {}

/**
 * One workflow execution as the server and the SDK's core handle it: workflow tasks, timers, activities, messages,
 * continue-as-new, and the replay after an eviction. It follows Temporal's rules as far as workflow code can notice.
 */
export class Execution {
  closed: Closed | undefined;
  /** Events of the history of the latest run, counted as the server does. */
  historyLength = 0;
  runs = 0;
  readonly #options: ExecutionOptions;
  readonly #hash = createHash('sha256');
  #run!: RunIdentity;
  #instance: WorkflowInstance | undefined;
  /** The completed tasks of this run, for a replay. */
  #log: LoggedActivation[][] = [];
  #inbox: ActivationJob[] = [];
  #taskPlanned = false;
  #taskRunning = false;
  #tasks = 0;
  #tasksOfRun = 0;
  /** The task that is under way: what it began with, its activations so far, its commands, its local activities. */
  #task:
    | { jobs: ActivationJob[]; log: LoggedActivation[]; commands: Command[]; local: Map<number, LocalActivity> }
    | undefined;
  #timers = new Map<number, () => void>();
  #activities = new Map<number, ActivityExecution>();
  /** Every activity of this run, by its number. */
  #scheduled = new Map<number, NonNullable<Command['scheduleActivity']>>();
  #updates = new Map<string, (outcome: UpdateOutcome) => void>();
  #messages = 0;
  #searchAttributes: Record<string, Payload>;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#searchAttributes = Object.fromEntries(
      Object.entries(options.searchAttributes).map(([name, value]) => [name, keywordPayload(value)]),
    );
    this.#startRun(toPayloads(options.input), undefined);
  }

  /** SHA-256 over all commands and their times. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  /** False where there is no such execution open any more. */
  signal(name: string, ...args: unknown[]): boolean {
    if (this.closed) return false;
    this.historyLength += 1;
    this.#deliver({ signalWorkflow: { signalName: name, input: toPayloads(...args), identity: 'caller' } });
    return true;
  }

  update(name: string, args: unknown[], done: (outcome: UpdateOutcome) => void = () => undefined): boolean {
    if (this.closed) return false;
    const id = `update-${++this.#messages}`;
    this.historyLength += 2;
    this.#updates.set(id, done);
    const meta = { updateId: id, identity: 'caller' };
    this.#deliver({
      doUpdate: { id, protocolInstanceId: id, name, input: toPayloads(...args), meta, runValidator: true },
    });
    return true;
  }

  cancel(): boolean {
    if (this.closed) return false;
    this.historyLength += 1;
    this.#deliver({ cancelWorkflow: { reason: 'requested' } });
    return true;
  }

  /** The response to a query, also after the end; undefined while a task is running, and if the query is rejected. */
  async query(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#task || !this.#instance) return undefined;
    const queryId = `query-${++this.#messages}`;
    const [command] = await this.#instance.activate(
      [{ queryWorkflow: { queryId, queryType: name, arguments: toPayloads(...args) } }],
      this.#details(true),
    );
    return fromPayload(command?.respondToQuery?.succeeded?.response);
  }

  async dispose(): Promise<void> {
    await this.#instance?.dispose();
    this.#instance = undefined;
    for (const cancel of this.#timers.values()) cancel();
    for (const activity of this.#activities.values()) activity.abandon();
  }

  #startRun(args: Payload[], previous: RunIdentity | undefined): void {
    const { workflowId, workflowType, taskQueue, time } = this.#options;
    this.runs += 1;
    const runId = `${workflowId}/run-${this.runs}`;
    this.#run = {
      ...{ workflowId, workflowType, taskQueue, runId, startTime: time.now, usedFlags: new Set() },
      continuedFromRunId: previous?.runId,
    };
    this.historyLength = 1;
    this.#tasksOfRun = 0;
    this.#log = [];
    this.#scheduled.clear();
    this.#deliver({
      initializeWorkflow: {
        ...{ workflowType, workflowId, arguments: args },
        firstExecutionRunId: `${workflowId}/run-1`,
        continuedFromExecutionRunId: previous?.runId ?? '',
        attempt: 1,
        searchAttributes: { indexedFields: { ...this.#searchAttributes } },
        startTime: toTimestamp(time.now),
      },
    });
  }

  #deliver(job: ActivationJob): void {
    this.#inbox.push(job);
    if (!this.#taskRunning) this.#planTask();
  }

  #planTask(): void {
    if (this.#taskPlanned || this.closed || this.#inbox.length === 0) return;
    this.#taskPlanned = true;
    this.#options.time.after(this.#options.queueing('task'), () => this.#beginTask());
  }

  async #beginTask(): Promise<void> {
    this.#taskPlanned = false;
    this.#taskRunning = true;
    this.#tasks += 1;
    this.#tasksOfRun += 1;
    this.historyLength += 2;
    if (this.#instance && this.#options.isEvicted(this.#tasks)) await this.#evict();
    this.#instance ??= await this.#replay();
    const jobs = inOrder(this.#inbox);
    this.#inbox = [];
    this.#task = { jobs, log: [], commands: [], local: new Map() };
    await this.#activate(jobs);
  }

  async #activate(jobs: ActivationJob[]): Promise<void> {
    const { time, observe } = this.#options;
    if (!this.#task || !this.#instance) return;
    const details = this.#details(false);
    const commands = await this.#instance.activate(jobs, details);
    const encoded = encode(commands);
    this.#task.log.push({ jobs, details, commands: encoded });
    this.#task.commands.push(...commands);
    this.#hash.update(`${time.now} ${encoded}\n`);

    const atOnce: ActivationJob[] = [];
    for (const command of commands) {
      const { scheduleLocalActivity: local, requestCancelActivity, requestCancelLocalActivity } = command;
      if (command.scheduleActivity) this.#scheduled.set(command.scheduleActivity.seq ?? 0, command.scheduleActivity);
      if (local) this.#performLocally(local);
      const { seq } = requestCancelActivity ?? requestCancelLocalActivity ?? {};
      if (typeof seq !== 'number') continue;
      const job = this.#cancelAtOnce(seq, requestCancelLocalActivity !== undefined);
      if (job) atOnce.push(job);
    }
    if (atOnce.length > 0) return this.#activate(atOnce);
    if (this.#task.local.size > 0) return;
    observe(`workflow: ${describe(this.#task.commands)}`);
    time.after(this.#options.taskDuration(), () => this.#completeTask());
  }

  #performLocally(command: LocalActivity): void {
    const seq = command.seq ?? 0;
    const call = { type: command.activityType ?? '', args: fromPayloads(command.arguments), attempt: 1 };
    const attempt = this.#options.performLocal(call);
    this.#task?.local.set(seq, command);
    this.historyLength += 1;
    this.#options.time.after(attempt.after, async () => {
      if (!this.#task?.local.delete(seq)) return;
      const result = localResolution(await attempt.outcome());
      await this.#activate([{ resolveActivity: { seq, isLocal: true, result } }]);
    });
  }

  /** Of an activity whose cancellation no one waits for: resolved in the same workflow task. */
  #cancelAtOnce(seq: number, isLocal: boolean): ActivationJob | undefined {
    if (isLocal) {
      const local = this.#task?.local.get(seq);
      if (!local) return undefined;
      this.#task?.local.delete(seq);
      return { resolveActivity: { seq, isLocal, result: cancelled(local) } };
    }
    const command = this.#scheduled.get(seq);
    if (!command || waitsForCancellation(command)) return undefined;
    this.#takeFromInbox(({ resolveActivity }) => resolveActivity?.seq === seq);
    // Cancelled in the task that schedules it: the server never hears of it.
    if (this.#task) {
      this.#task.commands = this.#task.commands.filter(({ scheduleActivity }) => scheduleActivity?.seq !== seq);
    }
    this.#activities.get(seq)?.abandon();
    this.#activities.delete(seq);
    return { resolveActivity: { seq, isLocal: false, result: cancelled(command) } };
  }

  #takeFromInbox(matches: (job: ActivationJob) => boolean): ActivationJob | undefined {
    const place = this.#inbox.findIndex(matches);
    return place < 0 ? undefined : this.#inbox.splice(place, 1)[0];
  }

  async #completeTask(): Promise<void> {
    const task = this.#task;
    if (!task) return;
    this.#task = undefined;
    this.#taskRunning = false;
    const last = task.commands.find(isTerminal);
    if (last && this.#inbox.length > 0) {
      // The server does not close a run that has not seen everything: the task is discarded, and repeated with what
      // has come since.
      this.#options.observe('server: something has come meanwhile; the last task is repeated');
      await this.#evict();
      this.#inbox = [...task.jobs, ...this.#inbox];
      this.#planTask();
      return;
    }
    this.historyLength += 1;
    this.#log.push(task.log);
    for (const command of task.commands) this.#apply(command);
    if (last) await this.#close(last);
    else this.#planTask();
  }

  #apply(command: Command): void {
    const { time, perform, queueing } = this.#options;
    const { startTimer, cancelTimer, scheduleActivity, requestCancelActivity, updateResponse } = command;
    const { upsertWorkflowSearchAttributes } = command;
    if (startTimer) {
      const seq = startTimer.seq ?? 0;
      this.historyLength += 1;
      const fire = () => {
        this.#timers.delete(seq);
        this.historyLength += 1;
        this.#deliver({ fireTimer: { seq } });
      };
      this.#timers.set(seq, time.after(ms(startTimer.startToFireTimeout) ?? 0, fire));
    }
    if (cancelTimer) {
      const seq = cancelTimer.seq ?? 0;
      this.historyLength += 1;
      this.#timers.get(seq)?.();
      this.#timers.delete(seq);
      this.#takeFromInbox(({ fireTimer }) => fireTimer?.seq === seq);
    }
    if (scheduleActivity) {
      const seq = scheduleActivity.seq ?? 0;
      this.historyLength += 1;
      const resolve = (result: Resolution) => {
        this.#activities.delete(seq);
        this.historyLength += 2;
        this.#deliver({ resolveActivity: { seq, result, isLocal: false } });
      };
      const queue = () => queueing('activity');
      this.#activities.set(seq, new ActivityExecution(scheduleActivity, { time, perform, queueing: queue, resolve }));
    }
    if (requestCancelActivity) {
      this.historyLength += 1;
      this.#activities.get(requestCancelActivity.seq ?? 0)?.cancel();
    }
    if (upsertWorkflowSearchAttributes) {
      this.historyLength += 1;
      Object.assign(this.#searchAttributes, upsertWorkflowSearchAttributes.searchAttributes?.indexedFields);
    }
    if (updateResponse) this.#respondToUpdate(updateResponse);
  }

  #respondToUpdate({ protocolInstanceId, completed, rejected }: NonNullable<Command['updateResponse']>): void {
    const done = this.#updates.get(protocolInstanceId ?? '');
    if (!done || (!completed && !rejected)) return;
    this.#updates.delete(protocolInstanceId ?? '');
    done(completed ? { completed: fromPayload(completed) } : { rejected: rejected?.message ?? '' });
  }

  async #close(command: Command): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    for (const activity of this.#activities.values()) activity.abandon();
    this.#timers.clear();
    this.#activities.clear();
    const { completeWorkflowExecution, failWorkflowExecution, continueAsNewWorkflowExecution } = command;
    if (continueAsNewWorkflowExecution) {
      // What the closed run waited for is no concern of the next one.
      this.#inbox = this.#inbox.filter(({ resolveActivity, fireTimer }) => !resolveActivity && !fireTimer);
      await this.#evict();
      this.#startRun(continueAsNewWorkflowExecution.arguments ?? [], this.#run);
    } else if (completeWorkflowExecution) {
      this.closed = { kind: 'completed', result: fromPayload(completeWorkflowExecution.result) };
    } else if (failWorkflowExecution) {
      const { failure } = failWorkflowExecution;
      this.closed = {
        kind: 'failed',
        type: failure?.applicationFailureInfo?.type ?? '',
        message: failure?.message ?? '',
      };
    } else {
      this.closed = { kind: 'cancelled' };
    }
  }

  async #evict(): Promise<void> {
    await this.#instance?.dispose();
    this.#instance = undefined;
  }

  /** A new instance that has seen every completed task of this run. */
  async #replay(): Promise<WorkflowInstance> {
    const instance = await this.#options.thread.create(this.#run);
    if (this.#log.length > 0) this.#options.observe('worker: replays the history');
    for (const { jobs, details, commands } of this.#log.flat()) {
      const again = await instance.activate(jobs, { ...details, replaying: true });
      if (encode(again) !== commands) throw new ReplayMismatch(`a replay led to other commands: ${describe(again)}`);
    }
    return instance;
  }

  #details(replaying: boolean): ActivationDetails {
    const continueAsNewSuggested = this.#options.suggestsContinueAsNew(this.runs, this.#tasksOfRun);
    return { now: this.#options.time.now, replaying, historyLength: this.historyLength, continueAsNewSuggested };
  }
}

function isTerminal(command: Command): boolean {
  return Boolean(
    command.completeWorkflowExecution ??
    command.failWorkflowExecution ??
    command.cancelWorkflowExecution ??
    command.continueAsNewWorkflowExecution,
  );
}

/** The order in which the SDK's core hands over jobs: start, messages, everything else. */
function inOrder(jobs: ActivationJob[]): ActivationJob[] {
  const rank = (job: ActivationJob) => (job.initializeWorkflow ? 0 : job.signalWorkflow || job.doUpdate ? 1 : 2);
  return [...jobs].sort((a, b) => rank(a) - rank(b));
}

function encode(commands: Command[]): string {
  const { WorkflowCommand } = coresdk.workflow_commands;
  return commands.map((command) => Buffer.from(WorkflowCommand.encode(command).finish()).toString('base64')).join();
}

function keywordPayload(value: string): Payload {
  const payload = toPayload(value);
  return { ...payload, metadata: { ...payload.metadata, type: Buffer.from('Keyword') } };
}

/** The commands of one task in a line that a person can read. */
function describe(commands: Command[]): string {
  const words = commands.flatMap((command) => {
    const { startTimer, cancelTimer, scheduleActivity, scheduleLocalActivity, requestCancelActivity } = command;
    if (startTimer) return [`timer ${startTimer.seq} of ${(ms(startTimer.startToFireTimeout) ?? 0) / 1000} s`];
    if (cancelTimer) return [`cancels timer ${cancelTimer.seq}`];
    if (scheduleActivity) return [`schedules ${scheduleActivity.activityType}`];
    if (scheduleLocalActivity) return [`runs ${scheduleLocalActivity.activityType} locally`];
    if (requestCancelActivity) return [`cancels activity ${requestCancelActivity.seq}`];
    if (command.completeWorkflowExecution) return ['completes'];
    if (command.failWorkflowExecution)
      return [`fails: ${command.failWorkflowExecution.failure?.message?.slice(0, 200)}`];
    if (command.cancelWorkflowExecution) return ['ends as cancelled'];
    if (command.continueAsNewWorkflowExecution) return ['continues as new'];
    if (command.updateResponse?.completed) return ['completes an update'];
    if (command.updateResponse?.rejected) return ['rejects an update'];
    return [];
  });
  return words.join(', ') || 'waits';
}
