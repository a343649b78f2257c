import { finished } from 'node:stream/promises';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import type { Registry } from 'prom-client';
import type { RecordingEvent } from '../contract/event.js';
import { ID_PATTERN } from '../contract/workflowId.js';
import { rejectClientError } from './clientError.js';
import { createMetrics, type Fate } from './metrics.js';
import { admit, type CallbackKeys } from './verification.js';

/**
 * Delivers an event to the matching recordings of an application. Resolves once Temporal has stored it, or if there is
 * surely no such recording; rejects in every other case.
 */
export type Deliver = (appName: string, event: RecordingEvent) => Promise<'delivered' | 'unrouted'>;

export interface ReceiverOptions {
  keys: CallbackKeys;
  /** Milliseconds after which a well-signed callback is refused as a replay; default: never. */
  maxAgeMs?: number;
  deliver: Deliver;
  /** Resolves when events can be delivered; otherwise its error says why not. */
  ready: () => Promise<void>;
  /** Takes the receiver's metrics, and is what `/metrics` shows. */
  registry: Registry;
  logger: FastifyBaseLogger;
}

/** A callback has a dozen short fields. */
const BODY_LIMIT = 256 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1_000;
/** The vendor is answered within 3 s, whatever Temporal does. */
const DELIVERY_TIMEOUT_MS = 2_700;
const READINESS_TIMEOUT_MS = 1_000;
const RETRY_AFTER_S = '5';

/** How each fate is answered and logged. */
const OUTCOMES: Record<Fate, { status: number; level: 'info' | 'warn' | 'error' }> = {
  delivered: { status: 200, level: 'info' },
  unrouted: { status: 200, level: 'info' },
  ignored: { status: 200, level: 'info' },
  malformed: { status: 400, level: 'warn' },
  unauthorized: { status: 401, level: 'warn' },
  too_large: { status: 413, level: 'warn' },
  undelivered: { status: 503, level: 'error' },
};

/**
 * The HTTP side of the recording callback: `POST /{anything}/{appName}`, `/healthz`, `/readyz` and `/metrics`. An
 * event is answered 200 only when `deliver` has taken it; 503 asks the vendor to send it again.
 */
export function createReceiver({
  keys,
  maxAgeMs = Infinity,
  deliver,
  ready,
  registry,
  logger,
}: ReceiverOptions): FastifyInstance {
  const metrics = createMetrics(registry);
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node swaps the two time-outs when that of the headers is the longer one, as it is by default.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    // A path that cannot be decoded. fastify's own answer would show it again.
    frameworkErrors: ({ code }, _request, reply) => void answer(reply, 'malformed', { code }),
    clientErrorHandler: (error, socket) => {
      // The error itself carries the raw bytes.
      logger.trace({ code: error.code }, 'client error');
      rejectClientError(error, socket);
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;

  // The signature covers the raw bytes: without a content type, no other parser gets the body.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
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
  const inHand = new Set<Promise<unknown>>();
  app.addHook('onClose', async () => void (await Promise.allSettled(inHand)));

  /** One answer, one count and one log line for each callback: never its body, never its headers. */
  function answer(reply: FastifyReply, fate: Fate, details: Record<string, unknown> = {}): FastifyReply {
    const { status, level } = OUTCOMES[fate];
    metrics.callbacks.inc({ fate });
    reply.log[level]({ fate, app: appNameOf(reply.request.params), ...details }, 'callback');
    return reply.code(status).send({ result: fate, why: details.why });
  }

  app.post('/*', async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const admission = admit(request.headers, body, { keys, maxAgeMs });
    if (admission.kind !== 'event') {
      const { kind: fate, ...details } = admission;
      return answer(reply, fate, details);
    }
    const { event } = admission;
    const named = { room: event.roomId, job: event.jobId, eventType: event.eventType };
    const stopTimer = metrics.delivery.startTimer();
    const delivery = within(DELIVERY_TIMEOUT_MS, deliver(appNameOf(request.params) ?? '', event));
    inHand.add(delivery);
    let fate: Fate;
    try {
      fate = await delivery;
    } catch (error) {
      return answer(reply.header('retry-after', RETRY_AFTER_S), 'undelivered', { ...named, err: error });
    } finally {
      inHand.delete(delivery);
      stopTimer();
    }
    return answer(reply, fate, named);
  });

  // The vendor, a browser or a load balancer tries the URL: nothing to count or to log.
  app.route({ method: ['GET', 'OPTIONS'], url: '/*', handler: () => ({ result: 'ignored' }) });

  // As above, without the path in the answer.
  app.setNotFoundHandler((_request, reply) =>
    reply.code(405).header('allow', 'GET, HEAD, OPTIONS, POST').send({ error: 'callbacks come by POST' }),
  );

  app.get('/healthz', () => ({ healthy: true }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await within(READINESS_TIMEOUT_MS, ready());
      return { ready: true };
    } catch (error) {
      return reply
        .code(503)
        .send({ ready: false, reason: `Temporal: ${String(error instanceof Error ? error.message : error)}` });
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const { statusCode = 500, code } = error;
    if (statusCode === 413) {
      // Unread bytes would reset the connection before a client that writes everything first sees the response.
      await finished(request.raw.resume()).catch(() => undefined);
      return answer(reply, 'too_large');
    }
    if (statusCode < 500) return answer(reply, 'malformed', { code });
    request.log.error({ err: error }, 'the receiver failed');
    return reply.code(500).send({ error: 'the receiver failed; its log says why' });
  });
  return app;
}

/** The last segment of the callback's path, unless it can be no application. An undecodable path has no parameters. */
function appNameOf(params: unknown): string | undefined {
  const path = (params as { '*'?: string } | null)?.['*'] ?? '';
  const name = path.split('/').findLast((segment) => segment !== '');
  return name !== undefined && ID_PATTERN.test(name) ? name : undefined;
}

/** Rejects when the work takes longer. The work continues; its result is dropped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  // setTimeout, because AbortSignal.timeout creates an error for every callback.
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
