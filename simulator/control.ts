import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { APP_STATES, type AppState } from './app.js';
import type { SentCallback } from './callbacks.js';
import type { Clock } from './clock.js';
import { faultSchema, type Fault } from './faults.js';
import type { JobResponse, StopReason } from './job.js';
import type { StoredObject } from './objectStore.js';
import { parseObject } from './request.js';
import type { RecordedRequest } from './requestLog.js';

const faultsRequest = z.strictObject({ faults: z.array(faultSchema).min(1) });
const appStateRequest = z.strictObject({ state: z.enum(APP_STATES) });
const endRequest = z.strictObject({ reason: z.enum(['TENANT_STOP', 'EXCEED_MAX_IDLE_TIME', 'INTERNAL_ERROR']) });

/** The most requests and callbacks that the state shows; the process itself keeps all. */
const LATEST = 1000;

/** The part of a simulator that HTTP can read and change. */
interface Controls {
  readonly clock: Clock;
  readonly apps: readonly { appId: string }[];
  readonly jobs: readonly JobResponse[];
  readonly bucketNames: readonly string[];
  readonly requests: readonly RecordedRequest[];
  readonly callbacks: readonly SentCallback[];
  objects(bucket: string): StoredObject[];
  addFault(fault: Fault): void;
  clearFaults(): void;
  joinRoom(roomId: string, userId: string): void;
  leaveRoom(roomId: string, userId: string): void;
  endJob(jobId: string, reason: StopReason): void;
  setAppState(appId: string, state: AppState): void;
}

/** The simulator's state and controls over HTTP, for other processes; without secrets. */
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
    if (!parsed.success) return badRequest(reply, parsed.error);
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
    if (!parsed.success) return badRequest(reply, parsed.error);
    const { jobId } = request.params;
    if (!simulator.jobs.some((job) => job.job_id === jobId))
      return reply.code(404).send({ error: `there is no job ${jobId}` });
    simulator.endJob(jobId, parsed.data.reason);
    return reply.code(204).send();
  });

  http.put<{ Params: { appId: string } }>('/_simulator/apps/:appId/state', (request, reply) => {
    const parsed = appStateRequest.safeParse(parseObject(request.body));
    if (!parsed.success) return badRequest(reply, parsed.error);
    const { appId } = request.params;
    if (!simulator.apps.some((app) => app.appId === appId))
      return reply.code(404).send({ error: `there is no app ${appId}` });
    simulator.setAppState(appId, parsed.data.state);
    return reply.code(204).send();
  });
}

function badRequest(reply: FastifyReply, error: z.ZodError) {
  return reply.code(400).send({ error: z.prettifyError(error) });
}
