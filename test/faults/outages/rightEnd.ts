import { expect } from 'vitest';
import type { Recording } from '../../../src/client.js';
import type { Deployment } from '../../support/deployment.js';

/**
 * Each of these recordings, which are all that there are, ends recorded: with one job of its own, which is over, and
 * with every object that this job left in the bucket named in its files, and no other.
 */
export async function expectRightEnds({ simulator }: Deployment, recordings: Recording[]): Promise<void> {
  const results = await Promise.all(recordings.map((recording) => recording.result()));
  const keys = simulator.objects('obsName').map(({ key }) => key);
  for (const { outcome, streamName, files, warnings } of results) {
    expect({ outcome, warnings }).toMatchObject({ outcome: 'recorded' });
    const ours = keys.filter((key) => key.includes(`/${streamName}_`));
    expect(ours).not.toEqual([]);
    expect(files.map(({ object }) => object).sort()).toEqual(ours.sort());
  }
  const jobs = results.map(({ jobId }) => jobId);
  expect(simulator.jobs.map((job) => job.job_id).sort()).toEqual(jobs.sort());
  expect(simulator.jobs.map((job) => job.state)).toEqual(jobs.map(() => 'STOPPED'));
}
