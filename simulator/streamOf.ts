import type { FastifyRequest } from 'fastify';
import { pathOf, type Stream } from './faults.js';
import type { Job } from './job.js';
import { parseObject } from './request.js';

const JOB_PATH = /^\/v2\/apps\/[^/]+\/individual-stream-jobs(?:\/([^/]+))?$/;

/** The stream of a request: that of the job in its path, or of the job that it starts. */
export function streamOf(request: FastifyRequest, jobs: ReadonlyMap<string, Job>): Stream | undefined {
  const match = JOB_PATH.exec(pathOf(request));
  if (match === null) return undefined;
  const [, jobId] = match;
  const job =
    jobId === undefined
      ? (parseObject(request.body) as Partial<Job['request']> | undefined)
      : jobs.get(jobId)?.request;
  if (job?.room_id === undefined || job.user_id === undefined) return undefined;
  return { roomId: job.room_id, userId: job.user_id, videoType: job.video_type ?? 'CAMERASTREAM' };
}
