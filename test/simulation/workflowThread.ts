import { readFile } from 'node:fs/promises';
import { defaultPayloadConverter, TypedSearchAttributes, type Payload } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { coresdk } from '@temporalio/proto';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import type { WorkflowInfo } from '@temporalio/workflow';

/*
 * The only file that knows how the SDK (1.24) runs workflow code inside a worker: internal paths, activations in,
 * commands out. A newer SDK may move them.
 */

export type ActivationJob = coresdk.workflow_activation.IWorkflowActivationJob;
export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** What one execution is created with. */
export interface RunIdentity {
  workflowId: string;
  workflowType: string;
  runId: string;
  continuedFromRunId?: string | undefined;
  taskQueue: string;
  /** Milliseconds since 1970. */
  startTime: number;
  /** The flags of the SDK that the execution uses; in reality its history keeps them for a replay. */
  usedFlags: Set<number>;
}

/** What the SDK gets with each activation besides its jobs. */
export interface ActivationDetails {
  /** Milliseconds since 1970: the time of the workflow task. */
  now: number;
  replaying: boolean;
  historyLength: number;
  continueAsNewSuggested: boolean;
}

/** Workflow code failed its task: the server would try it again for ever. */
export class WorkflowTaskFailure extends Error {}

/** One workflow execution in the sandbox of the SDK. */
export interface WorkflowInstance {
  /** @throws WorkflowTaskFailure */
  activate(jobs: ActivationJob[], details: ActivationDetails): Promise<Command[]>;
  dispose(): Promise<void>;
}

/** A loaded workflow bundle; every instance of it shares one sandbox, as in a worker. */
export class WorkflowThread {
  private constructor(private readonly creator: ReusableVMWorkflowCreator) {}

  static async load(bundlePath: string, activityNames: readonly string[]): Promise<WorkflowThread> {
    const bundle = parseWorkflowCode(await readFile(bundlePath, 'utf8'), bundlePath);
    const creator = await ReusableVMWorkflowCreator.create(bundle, 5_000, new Set(activityNames));
    return new WorkflowThread(creator);
  }

  async create(run: RunIdentity): Promise<WorkflowInstance> {
    const info: WorkflowInfo = {
      ...{ workflowId: run.workflowId, workflowType: run.workflowType, runId: run.runId, taskQueue: run.taskQueue },
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      namespace: 'default',
      firstExecutionRunId: run.runId,
      originalExecutionRunId: run.runId,
      ...(run.continuedFromRunId !== undefined && { continuedFromExecutionRunId: run.continuedFromRunId }),
      startTime: new Date(run.startTime),
      runStartTime: new Date(run.startTime),
      taskTimeoutMs: 10_000,
      attempt: 1,
      historyLength: 3,
      historySize: 1_000,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      // Set again by the SDK when the workflow starts.
      unsafe: { now: () => run.startTime, isReplaying: false } as WorkflowInfo['unsafe'],
    };
    const workflow = await this.creator.createWorkflow({
      info,
      randomnessSeed: [0, 0, 0, 0, 0, 0, 0, 7],
      now: run.startTime,
      showStackTraceSources: false,
    });
    const { usedFlags } = run;
    return {
      activate: async (jobs, { now, replaying, historyLength, continueAsNewSuggested }) => {
        const completion = await workflow.activate(
          coresdk.workflow_activation.WorkflowActivation.fromObject({
            runId: run.runId,
            timestamp: toTimestamp(now),
            isReplaying: replaying,
            historyLength,
            historySizeBytes: historyLength * 250,
            continueAsNewSuggested,
            availableInternalFlags: [...usedFlags],
            jobs,
          }),
        );
        // Log lines and metrics: nothing depends on them here, but the SDK keeps them until they are fetched.
        await workflow.getAndResetSinkCalls();
        if (!completion.successful) {
          throw new WorkflowTaskFailure(completion.failed?.failure?.message ?? 'the workflow task failed');
        }
        for (const flag of completion.successful.usedInternalFlags ?? []) usedFlags.add(flag);
        return completion.successful.commands ?? [];
      },
      dispose: () => workflow.dispose(),
    };
  }

  destroy(): Promise<void> {
    return this.creator.destroy();
  }
}

export function toTimestamp(ms: number) {
  return msToTs(ms);
}

/** As the SDK's default data converter does it. */
export function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value) ?? {};
}

export function toPayloads(...values: unknown[]): Payload[] {
  return values.map(toPayload);
}

export function fromPayload(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}

export function fromPayloads(payloads: Payload[] | null | undefined): unknown[] {
  return (payloads ?? []).map(fromPayload);
}
