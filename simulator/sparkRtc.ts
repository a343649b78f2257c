import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { actionOf } from './actions.js';
import { pathOf } from './faults.js';
import type { Iam } from './iam.js';
import type { Settings } from './options.js';
import { RateLimits } from './rateLimits.js';
import { RtcError } from './rtcError.js';

/** Common to all calls under `/v2`: the gateway's checks, the form of errors, and the headers of responses. */
export function sparkRtc(
  http: FastifyInstance,
  deps: { settings: Settings; iam: Iam; serialize: (body: unknown) => string },
): void {
  const { settings, iam, serialize } = deps;
  const limits = new RateLimits();
  http.setReplySerializer(serialize);

  http.addHook('onRequest', (_request, reply, done) => {
    if (settings.requestIds) reply.header('X-request-Id', randomBytes(16).toString('hex'));
    done();
  });

  http.addHook('preHandler', (request, reply, done) => {
    const { method, url, headers } = request;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const authProblem = iam.authProblem({ method, url, headers, body });
    if (authProblem)
      throw new RtcError(settings.authRejectedBy === 'gateway' ? 'APIGW.0301' : 'RTC.00001001', authProblem);
    if (settings.requireContentType && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      throw new RtcError('RTC.00001005', 'Content-Type');
    }
    const broken = settings.rateLimits ? limits.count(pathOf(request), Date.now()) : undefined;
    if (broken) {
      if (settings.retryAfterSeconds !== undefined) reply.header('Retry-After', settings.retryAfterSeconds);
      throw new RtcError('APIGW.0308', broken);
    }
    if (!settings.mayAskForBuckets && pathOf(request).startsWith('/v2/rtc-ops/')) {
      throw new RtcError('RTC.00001021', 'the user may not ask for buckets');
    }
    const action = actionOf(method, pathOf(request));
    if (settings.allowedActions && action !== undefined && !settings.allowedActions.includes(action)) {
      throw new RtcError('RTC.00001021', `the user lacks the action ${action}`);
    }
    done();
  });

  http.setErrorHandler((error: unknown, _request, reply) => {
    const rtcError = error instanceof RtcError ? error : new RtcError('RTC.00002003', messageOf(error));
    return reply
      .code(rtcError.status)
      .type('application/json')
      .send(rtcError.body(reply.getHeader('x-request-id')));
  });

  http.all('/*', () => {
    throw new RtcError('APIGW.0101', 'check the method and the path');
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
