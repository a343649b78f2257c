import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of a recording: the same stream may be recorded again after its end, under the same workflow id. */
export interface RecordingRun {
  workflowId: string;
  /** Of the first run, where the recording has continued as new. */
  runId: string;
}

/** The recordings whose end was not reported yet: here a file each, in production a table of the database. */
export class PendingReports {
  private constructor(private readonly directory: string) {}

  static async open(directory: string): Promise<PendingReports> {
    await mkdir(directory, { recursive: true });
    return new PendingReports(directory);
  }

  /** It is kept when the promise is fulfilled. */
  async add(run: RecordingRun): Promise<void> {
    // It appears by a rename, so that a process that dies leaves no half of it.
    const unfinished = join(this.directory, randomUUID());
    await writeFile(unfinished, JSON.stringify(run));
    await rename(unfinished, this.fileOf(run));
  }

  async remove(run: RecordingRun): Promise<void> {
    await rm(this.fileOf(run), { force: true });
  }

  async all(): Promise<RecordingRun[]> {
    const files = (await readdir(this.directory)).filter((name) => name.endsWith('.json'));
    return Promise.all(
      files.map(async (name) => JSON.parse(await readFile(join(this.directory, name), 'utf8')) as RecordingRun),
    );
  }

  private fileOf({ runId }: RecordingRun): string {
    return join(this.directory, `${runId}.json`);
  }
}
