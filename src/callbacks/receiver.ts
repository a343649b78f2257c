import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Registry } from 'prom-client';
import { streamNameOf, type RecordingEvent } from '../contract/event.js';
import { ID_PATTERN } from '../contract/workflowId.js';
import { readBody } from './body.js';
import { rejectClientError } from './clientError.js';
import type { ParticipantEvent } from './event.js';
import { createMetrics, type CallbackResult } from './metrics.js';
import { verifyCallback, type CallbackKeys } from './verification.js';

/** Delivers an event to the matching recordings. Resolves once Temporal has stored it, or if there is none. */
export type Deliver = (
  appName: string,
  event: RecordingEvent | ParticipantEvent,
) => Promise<'delivered' | 'unrouted' | 'orphan' | 'ignored'>;

export interface ReceiverOptions {
  keys: CallbackKeys;
  /** Milliseconds; a signed callback that is older is rejected as a replay. Default: no limit. */
  maxAgeMs?: number;
  /** Milliseconds for which an idle connection stays open. Default: 72 s. */
  keepAliveTimeoutMs?: number;
  deliver: Deliver;
  /** Resolves if events can be delivered; rejects with the reason if not. */
  ready: () => Promise<void>;
  /** Served by `/metrics`; the receiver's own metrics are added. */
  registry: Registry;
  logger: FastifyBaseLogger;
}

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTION_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 1_000;
/** The vendor gets a response within 3 s, whatever Temporal does. */
const DELIVERY_TIMEOUT_MS = 2_800;
const READINESS_TIMEOUT_MS = 1_000;
const RETRY_AFTER_S = '5';

/** The response to each result, and its log level. */
const OUTCOMES: Record<CallbackResult, { status: number; level: 'info' | 'warn' | 'error' }> = {
  delivered: { status: 200, level: 'info' },
  unrouted: { status: 200, level: 'info' },
  orphan: { status: 200, level: 'error' },
  ignored: { status: 200, level: 'info' },
  malformed: { status: 400, level: 'warn' },
  unauthorized: { status: 401, level: 'warn' },
  too_large: { status: 413, level: 'warn' },
  undelivered: { status: 503, level: 'error' },
};

/**
 * The HTTP server of the recording callback: `POST /{anything}/{appName}`, `/healthz`, `/readyz` and `/metrics`. The
 * response to an event is 200 only if it was delivered, or else 503. See docs/decisions/callback-delivery.md.
 */
export function createReceiver(options: ReceiverOptions): FastifyInstance {
  const { keys, maxAgeMs = Infinity, keepAliveTimeoutMs = 72_000, deliver, ready, registry, logger } = options;
  const metrics = createMetrics(registry);
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: keepAliveTimeoutMs,
    // A client that reads no response; Node uses keepAliveTimeout instead where the connection is idle.
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    // Node swaps the two timeouts if that of the headers is longer, as it is by default.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    // A path that cannot be decoded. fastify's own response would contain it.
    frameworkErrors: ({ code }, _request, reply) => void respond(reply, 'malformed', { code }),
    clientErrorHandler: (error, socket) => {
      // The error itself contains the raw bytes.
      logger.trace({ code: error.code }, 'client error');
      rejectClientError(error, socket);
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;

  // The signature is of the raw bytes: without a content type, no other parser gets the body.
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => readBody(payload));
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    delete raw.headers['content-type'];
    done();
  });

  // Otherwise a stopping process would wait until the client closes its kept-alive connection.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!app.server.listening) reply.header('connection', 'close');
    done();
  });

  // close() does not wait for requests whose client disconnected; their deliveries still need the Temporal connection.
  const deliveries = new Set<Promise<unknown>>();
  app.addHook('onClose', async () => void (await Promise.allSettled(deliveries)));

  /** One response, one count and one log line for each callback, without its body and headers. */
  function respond(reply: FastifyReply, result: CallbackResult, details: Record<string, unknown> = {}): FastifyReply {
    const { status, level } = OUTCOMES[result];
    metrics.callbacks.inc({ result });
    reply.log[level]({ result, app: appNameOf(reply.request.params), ...details }, 'callback');
    return reply.code(status).send({ result, reason: details.reason });
  }

  app.post('/*', async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const verdict = verifyCallback(request.headers, body, { keys, maxAgeMs });
    if (verdict.kind !== 'event') {
      const { kind: result, ...details } = verdict;
      return respond(reply, result, details);
    }
    const { event } = verdict;
    const { roomId: room, eventType } = event;
    const details = { room, eventType, ...('userId' in event ? { user: event.userId } : { job: event.jobId }) };
    const stopTimer = metrics.delivery.startTimer();
    const delivery = within(DELIVERY_TIMEOUT_MS, deliver(appNameOf(request.params) ?? '', event));
    deliveries.add(delivery);
    let result: CallbackResult;
    try {
      result = await delivery;
    } catch (error) {
      return respond(reply.header('retry-after', RETRY_AFTER_S), 'undelivered', { ...details, err: error });
    } finally {
      deliveries.delete(delivery);
      stopTimer();
    }
    return respond(reply, result, result === 'orphan' ? { ...details, ...orphan(event) } : details);
  });

  // The vendor, a browser or a load balancer probes the URL: neither counted nor logged.
  app.route({ method: ['GET', 'OPTIONS'], url: '/*', handler: () => ({ result: 'ignored' }) });

  // As above, without the path in the response.
  app.setNotFoundHandler((_request, reply) =>
    reply.code(405).header('allow', 'GET, HEAD, OPTIONS, POST').send({ error: 'callbacks must be sent by POST' }),
  );

  app.get('/healthz', () => ({ healthy: true }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await within(READINESS_TIMEOUT_MS, ready());
      return { ready: true };
    } catch (error) {
      const reason = `Temporal: ${String(error instanceof Error ? error.message : error)}`;
      return reply.code(503).send({ ready: false, reason });
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const { statusCode = 500, code } = error;
    if (statusCode === 413) {
      // Unread bytes would reset the connection before a client that writes everything first sees the response.
      await finished(request.raw.resume()).catch(() => undefined);
      return respond(reply, 'too_large');
    }
    if (statusCode < 500) return respond(reply, 'malformed', { code });
    request.log.error({ err: error }, 'the receiver failed');
    return reply.code(500).send({ error: 'the receiver failed; see its log' });
  });
  return app;
}

/** What an operator needs to stop the job. The user follows the room in the stream's name. */
function orphan({ appId, jobId = '', roomId = '', streamName = '' }: RecordingEvent): Record<string, unknown> {
  const user = streamName.slice(streamNameOf(jobId, roomId, '').length);
  const advice = `Its job belongs to no recording: sparkrtc-recorder job stop --app ${appId} --job ${jobId}`;
  return { appId, user, advice };
}

/** The last segment of the path, if it can be an application. A path that cannot be decoded has no parameters. */
function appNameOf(params: unknown): string | undefined {
  const path = (params as { '*'?: string } | null)?.['*'] ?? '';
  const name = path.split('/').findLast((segment) => segment !== '');
  return name !== undefined && ID_PATTERN.test(name) ? name : undefined;
}

/** Rejects if the work takes longer. The work continues, but its result is dropped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  // setTimeout, because AbortSignal.timeout creates an error for every callback.
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
