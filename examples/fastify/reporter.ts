import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FastifyBaseLogger } from 'fastify';
import type { RecordingResult } from 'sparkrtc-recorder';
import type { PendingReports, RecordingRun } from './pendingReports.js';

/** What is sent when a recording is over. It may be sent twice: `runId` tells. */
export type Report = RecordingRun &
  (({ ended: 'completed' } & RecordingResult) | { ended: 'without result'; reason: string; message: string });

export interface ReporterOptions {
  client: Client;
  pending: PendingReports;
  /** Where reports are sent to, by POST as JSON; anything but a 2xx is tried again. */
  reportUrl: string;
  logger: FastifyBaseLogger;
}

const PAUSE_MS = 2_000;

/**
 * Waits for the end of recordings and reports each. Nothing is lost with this process: Temporal knows how a
 * recording has ended, and which ones are
 * to be reported is on disk until the report was taken.
 */
export class Reporter {
  private readonly options: ReporterOptions;
  private readonly closing = new AbortController();
  /** By their runs' ids; a user may join more than once while a recording goes on. */
  private readonly followed = new Set<string>();

  constructor(options: ReporterOptions) {
    this.options = options;
  }

  /** Takes up what an earlier process has left. */
  async resume(): Promise<void> {
    for (const run of await this.options.pending.all()) this.follow(run);
  }

  /** Fulfilled once it is certain that the recording's end will be reported, even if this process dies. */
  async add(run: RecordingRun): Promise<void> {
    await this.options.pending.add(run);
    this.follow(run);
  }

  /** Stops waiting; the next process goes on. */
  close(): void {
    this.closing.abort();
  }

  private follow(run: RecordingRun): void {
    const { client, pending, logger } = this.options;
    const { signal } = this.closing;
    if (this.followed.has(run.runId)) return;
    this.followed.add(run.runId);
    const untilReported = async () => {
      const report = await this.untilDone(run, () => client.withAbortSignal(signal, () => this.awaitEnd(run)));
      await this.untilDone(run, () => this.send(report));
      await pending.remove(run);
      logger.info({ ...run, ended: report.ended }, 'reported');
    };
    untilReported()
      .catch((error: unknown) => {
        if (!signal.aborted) logger.error({ ...run, err: error }, 'a report is left for the next start');
      })
      .finally(() => this.followed.delete(run.runId));
  }

  private async awaitEnd(run: RecordingRun): Promise<Report> {
    try {
      const handle = this.options.client.workflow.getHandle(run.workflowId, run.runId);
      const result = (await handle.result()) as RecordingResult;
      return { ...run, ended: 'completed', ...result };
    } catch (error) {
      // Closed for longer than the namespace's retention: the files are in the bucket, but no one can say which.
      if (error instanceof WorkflowNotFoundError) return withoutResult(run, 'Forgotten', error);
      if (!(error instanceof WorkflowFailedError) || !error.cause) throw error;
      const { cause } = error;
      return withoutResult(run, (cause instanceof ApplicationFailure && cause.type) || cause.name, cause);
    }
  }

  private async send(report: Report): Promise<void> {
    const { ok, status } = await fetch(this.options.reportUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(10_000)]),
    });
    if (!ok) throw new Error(`The report was rejected with ${status}.`);
  }

  /** Temporal may be away, and so may whoever takes the reports. */
  private async untilDone<T>(run: RecordingRun, attempt: () => Promise<T>): Promise<T> {
    const { signal } = this.closing;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        this.options.logger.warn({ ...run, err: error }, 'not reported yet, next try soon');
      }
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}

function withoutResult(run: RecordingRun, reason: string, { message }: Error): Report {
  return { ...run, ended: 'without result', reason, message };
}
