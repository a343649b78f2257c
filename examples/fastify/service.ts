import bearerAuth from '@fastify/bearer-auth';
import { ServiceError, type Client } from '@temporalio/client';
import { fastify, type FastifyInstance } from 'fastify';
import { InvalidRecordingInputError, type RecordingClient, type RecordingInput } from 'sparkrtc-recorder';
import type { Reporter } from './reporter.js';

export interface ServiceOptions {
  recordings: RecordingClient;
  client: Client;
  reporter: (service: FastifyInstance) => Reporter;
  /** What callers of the webhook show as `Authorization: Bearer …`. */
  token: string;
  /** Of the service, never of the webhook's body: who calls it has no say in where recordings are stored. */
  recorded: Omit<RecordingInput, 'roomId' | 'userId' | 'videoType'>;
}

interface Joined {
  room: string;
  user: string;
  screen?: boolean;
}

const ID = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' };
const JOINED = {
  type: 'object',
  required: ['room', 'user'],
  additionalProperties: false,
  properties: { room: ID, user: ID, screen: { type: 'boolean' } },
};

/** A web service that uses the recorder: records whoever joins a room, and reports the files after the end. */
export function buildService({ recordings, client, reporter, token, recorded }: ServiceOptions): FastifyInstance {
  const service = fastify({
    logger: true,
    // Fastify would drop unknown fields and turn "true" into true; a caller who is wrong had better know.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  const reports = reporter(service);
  service.register(bearerAuth, { keys: [token] });
  service.addHook('onReady', () => reports.resume());
  service.addHook('preClose', () => reports.close());

  service.setErrorHandler((error: Error, _request, reply) => {
    if (error instanceof InvalidRecordingInputError) return reply.code(400).send({ message: error.message });
    // Temporal is not available: nothing was promised. A retry is safe: a stream has one recording at a time.
    if (error instanceof ServiceError)
      return reply.code(503).send({ message: 'The recorder cannot be reached; send again.' });
    return reply.send(error);
  });

  service.post<{ Body: Joined }>('/joined', { schema: { body: JOINED } }, async ({ body }, reply) => {
    const { room: roomId, user: userId, screen = false } = body;
    const videoType = screen ? 'SCREENSTREAM' : 'CAMERASTREAM';
    const started = await recordings.start({ ...recorded, roomId, userId, videoType });
    const { workflowId, alreadyRunning, warnings } = started;
    // Respond only now: a process that dies before has promised nothing, and the caller retries.
    await reports.add({ workflowId, runId: started.runId ?? (await firstRunIdOf(client, workflowId)) });
    return reply.code(202).send({ workflowId, alreadyRunning, warnings });
  });

  return service;
}

/** The same for all who ask while the recording is open, also after it has continued as new. */
async function firstRunIdOf(client: Client, workflowId: string): Promise<string> {
  const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId || runId;
}
