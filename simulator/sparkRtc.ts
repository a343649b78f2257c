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
    reply.header('X-request-Id', randomBytes(16).toString('hex'));
    reply.header('Date', new Date(clock.now()).toUTCString());
    done();
  });

  http.addHook('preHandler', (request, _reply, done) => {
    const token = request.headers['x-auth-token'];
    if (token === undefined) throw new RtcError('APIGW.0301', 'x-auth-token not found');
    if (!iam.useToken(token)) throw new RtcError('APIGW.0301', 'decrypt token fail');
    const broken = settings.rateLimits ? limits.count(pathOf(request), Date.now()) : undefined;
    if (broken) throw new RtcError('APIGW.0308', broken);
    done();
  });

  http.setErrorHandler((error: unknown, _request, reply) => {
    const answered = error instanceof RtcError ? error : new RtcError('RTC.00002003', messageOf(error));
    const requestId = String(reply.getHeader('x-request-id'));
    return reply.code(answered.status).type('application/json').send(answered.body(requestId));
  });

  http.all('/*', () => {
    throw new RtcError('APIGW.0101', 'check the method and the path');
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** JSON; with `numericIds`, ids of digits only become numbers, as in some of the vendor's examples. */
export function serializerOf(settings: Settings): (body: unknown) => string {
  if (!settings.numericIds) return (body) => JSON.stringify(body);
  const numberIfId = (name: string, value: unknown) =>
    name.endsWith('_id') &&
    typeof value === 'string' &&
    String(Number(value)) === value &&
    Number.isSafeInteger(Number(value))
      ? Number(value)
      : value;
  return (body) => JSON.stringify(body, numberIfId);
}
