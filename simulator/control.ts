import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { SentCallback } from './callbacks.js';
import type { Clock } from './clock.js';
import { faultSchema, type Fault } from './faults.js';
import type { JobAnswer, StopReason } from './job.js';
import type { StoredObject } from './objectStore.js';
import { parseObject } from './request.js';
import type { RecordedRequest } from './requestLog.js';

const faultsRequest = z.strictObject({ faults: z.array(faultSchema).min(1) });
const endRequest = z.strictObject({ reason: z.enum(['TENANT_STOP', 'EXCEED_MAX_IDLE_TIME', 'INTERNAL_ERROR']) });

/** How many requests and callbacks the state shows; in the process itself all are kept. */
const LATEST = 1000;

/** What of a simulator can be seen and moved over HTTP. */
interface Controls {
  readonly clock: Clock;
  readonly apps: readonly object[];
  readonly jobs: readonly JobAnswer[];
  readonly bucketNames: readonly string[];
  readonly requests: readonly RecordedRequest[];
  readonly callbacks: readonly SentCallback[];
  objects(bucket: string): StoredObject[];
  addFault(fault: Fault): void;
  clearFaults(): void;
  joinRoom(roomId: string, userId: string): void;
  leaveRoom(roomId: string, userId: string): void;
  endJob(jobId: string, reason: StopReason): void;
}

/** The simulator's state and levers over HTTP, for other processes; it tells no secrets. */
export function control(http: FastifyInstance, simulator: Controls): void {
  type OfUser = { Params: { roomId: string; userId: string } };

  http.get('/_simulator/healthz', () => ({ status: 'ok' }));

  http.get('/_simulator/state', () => ({
    simulatedTime: new Date(simulator.clock.now()).toISOString(),
    timeScale: simulator.clock.timeScale,
    apps: simulator.apps,
    jobs: simulator.jobs,
    buckets: Object.fromEntries(
      simulator.bucketNames.map((name) => [
        name,
        simulator.objects(name).map(({ key, size, etag, lastModified }) => ({ key, size, etag, lastModified })),
      ]),
    ),
    requests: simulator.requests.slice(-LATEST),
    callbacks: simulator.callbacks.slice(-LATEST),
  }));

  http.post('/_simulator/faults', (request, reply) => {
    const parsed = faultsRequest.safeParse(parseObject(request.body));
    if (!parsed.success) return refuse(reply, parsed.error);
    for (const fault of parsed.data.faults) simulator.addFault(fault);
    return reply.code(204).send();
  });

  http.delete('/_simulator/faults', (_request, reply) => {
    simulator.clearFaults();
    return reply.code(204).send();
  });

  http.post<OfUser>('/_simulator/rooms/:roomId/users/:userId/join', (request, reply) => {
    simulator.joinRoom(request.params.roomId, request.params.userId);
    return reply.code(204).send();
  });

  http.post<OfUser>('/_simulator/rooms/:roomId/users/:userId/leave', (request, reply) => {
    simulator.leaveRoom(request.params.roomId, request.params.userId);
    return reply.code(204).send();
  });

  http.post<{ Params: { jobId: string } }>('/_simulator/jobs/:jobId/end', (request, reply) => {
    const parsed = endRequest.safeParse(parseObject(request.body));
    if (!parsed.success) return refuse(reply, parsed.error);
    const { jobId } = request.params;
    if (!simulator.jobs.some((job) => job.job_id === jobId))
      return reply.code(404).send({ error: `there is no job ${jobId}` });
    simulator.endJob(jobId, parsed.data.reason);
    return reply.code(204).send();
  });
}

function refuse(reply: FastifyReply, error: z.ZodError) {
  return reply.code(400).send({ error: z.prettifyError(error) });
}
