import type { FastifyRequest } from 'fastify';
import { pathOf, type Stream } from './faults.js';
import type { Job } from './job.js';
import { parseObject } from './request.js';

const JOB_PATH = /^\/v2\/apps\/[^/]+\/individual-stream-jobs(?:\/([^/]+))?$/;

/** Whose recording a request is about: the job that its path names, or the one that it asks to start. */
export function streamOf(request: FastifyRequest, jobs: ReadonlyMap<string, Job>): Stream | undefined {
  const match = JOB_PATH.exec(pathOf(request));
  if (match === null) return undefined;
  const [, jobId] = match;
  const asked =
    jobId === undefined ? (parseObject(request.body) as Partial<Job['request']> | undefined) : jobs.get(jobId)?.request;
  if (asked?.room_id === undefined || asked.user_id === undefined) return undefined;
  return { roomId: asked.room_id, userId: asked.user_id, videoType: asked.video_type ?? 'CAMERASTREAM' };
}
