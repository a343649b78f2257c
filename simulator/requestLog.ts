import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pathOf } from './faults.js';
import { parseObject } from './request.js';

export interface RecordedRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  /** The JSON object that was sent, secrets masked; undefined where it was none. */
  body?: object;
  /** Absent before the response, and if the connection was lost before it. */
  status?: number;
  /** Real milliseconds since 1970. */
  at: number;
}

const SECRET = /^(password|auth_key|X-Amz-(Signature|Credential|Security-Token))$/i;
const MASK = '***';

/** Keeps every request in order of arrival, but those of the control surface. */
export function recordRequests(http: FastifyInstance, onEnd: (request: RecordedRequest) => void): RecordedRequest[] {
  const requests: RecordedRequest[] = [];
  const entries = new WeakMap<FastifyRequest, RecordedRequest>();

  http.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    if (!path.startsWith('/_simulator/')) {
      const query = withoutSecrets(request.query) as Record<string, string>;
      const entry: RecordedRequest = { method: request.method, path, query, at: Date.now() };
      requests.push(entry);
      entries.set(request, entry);
      reply.raw.once('finish', () => (entry.status = reply.raw.statusCode));
      reply.raw.once('close', () => onEnd(entry));
    }
    done();
  });
  http.addHook('preHandler', (request, _reply, done) => {
    const body = parseObject(request.body);
    const entry = entries.get(request);
    if (entry && body) entry.body = withoutSecrets(body);
    done();
  });
  return requests;
}

function withoutSecrets(value: unknown): object {
  const mask = (name: string, field: unknown) => (SECRET.test(name) && typeof field === 'string' ? MASK : field);
  return JSON.parse(JSON.stringify(value, mask)) as object;
}
