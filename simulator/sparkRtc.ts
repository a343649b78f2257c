import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';
import { pathOf } from './faults.js';
import type { Iam } from './iam.js';
import type { Settings } from './options.js';
import { RateLimits } from './rateLimits.js';
import { RtcError } from './rtcError.js';

/** What is common to every call under `/v2`: the gateway's checks before it, the shape of its errors, the headers of its answers. */
export function sparkRtc(
  http: FastifyInstance,
  deps: { settings: Settings; clock: Clock; iam: Iam; serialize: (body: unknown) => string },
): void {
  const { settings, clock, iam, serialize } = deps;
  const limits = new RateLimits();
  http.setReplySerializer(serialize);

  http.addHook('onRequest', (_request, reply, done) => {
    if (settings.requestIds) reply.header('X-request-Id', randomBytes(16).toString('hex'));
    reply.header('Date', new Date(clock.now()).toUTCString());
    done();
  });

  http.addHook('preHandler', (request, reply, done) => {
    const { method, url, headers } = request;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const refusal = iam.refusal({ method, url, headers, body });
    if (refusal) throw new RtcError(settings.authRefusedBy === 'gateway' ? 'APIGW.0301' : 'RTC.00001001', refusal);
    const broken = settings.rateLimits ? limits.count(pathOf(request), Date.now()) : undefined;
    if (broken) {
      if (settings.retryAfterSeconds !== undefined) reply.header('Retry-After', settings.retryAfterSeconds);
      throw new RtcError('APIGW.0308', broken);
    }
    if (!settings.mayAskForBuckets && pathOf(request).startsWith('/v2/rtc-ops/')) {
      throw new RtcError('RTC.00001021', 'the user may not ask for buckets');
    }
    done();
  });

  http.setErrorHandler((error: unknown, _request, reply) => {
    const answered = error instanceof RtcError ? error : new RtcError('RTC.00002003', messageOf(error));
    return reply
      .code(answered.status)
      .type('application/json')
      .send(answered.body(reply.getHeader('x-request-id')));
  });

  http.all('/*', () => {
    throw new RtcError('APIGW.0101', 'check the method and the path');
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
