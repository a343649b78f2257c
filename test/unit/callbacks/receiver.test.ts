import { once } from 'node:events';
import { request as httpRequest, Agent, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Deliver } from '../../../src/callbacks/receiver.js';
import { everyAddress } from '../../../src/listening.js';
import { FILE_COMPLETE, PRESENT, PREVIOUS, signed } from '../../support/signedCallback.js';
import { startReceiver, type StartedReceiver } from '../../support/startReceiver.js';

const EVENT = JSON.stringify(FILE_COMPLETE);
const OTHER = JSON.stringify({ event_type: 'RTC_USER_ROLE_CHANGED' });
/** For waiting on a busy machine. */
const LIMIT = { timeout: 60_000 };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Takes every event, and says which. */
function delivering(result: 'delivered' | 'unrouted' = 'delivered') {
  return vi.fn<Deliver>(() => Promise.resolve(result));
}

async function post(
  { origin }: StartedReceiver,
  body: string | Buffer,
  headers: Record<string, string> = signed(body),
  path = '/callback/rtctest',
) {
  const response = await fetch(origin + path, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const callbackLines = ({ log }: StartedReceiver) => log.filter((line) => line.msg === 'callback');

describe('an event', () => {
  it('is delivered with the last segment of the path as its application', async () => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver);
    for (const path of ['/rtctest', '/callback/rtctest', '/a/b/c/rtctest', '//callback//rtctest/', '/x/rtctest?y=z']) {
      expect(await post(receiver, EVENT, signed(EVENT), path)).toMatchObject({
        status: 200,
        body: { result: 'delivered' },
      });
      expect(deliver).toHaveBeenLastCalledWith('rtctest', expect.objectContaining({ roomId: 'room001' }));
    }
    expect(deliver).toHaveBeenCalledTimes(5);
  });

  it('gets 200 when no running recording waits for it', async () => {
    const receiver = await startReceiver(delivering('unrouted'));
    expect(await post(receiver, EVENT)).toMatchObject({ status: 200, body: { result: 'unrouted' } });
  });

  it.each([
    ['re-spaced', Buffer.from(JSON.stringify(FILE_COMPLETE, null, '\t'))],
    ['with a line break behind it', Buffer.from(`${EVENT}\r\n`)],
    ['with UTF-8', Buffer.from(EVENT.replace('file.mp4"', '房间-é-🎥.mp4"'))],
    ['with escapes', Buffer.from(EVENT.replace('room001"', '\\u0072oom001"'))],
    [
      'with bytes that are no UTF-8',
      Buffer.concat([
        Buffer.from('{"detail_message":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`",${EVENT.slice(1)}`),
      ]),
    ],
  ])('is checked as the bytes that came: %s', async (_what, body) => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver);
    expect((await post(receiver, body)).status).toBe(200);
    expect(deliver).toHaveBeenCalledOnce();
    expect((await post(receiver, Buffer.concat([body, Buffer.from(' ')]), signed(body))).status).toBe(401);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'no/type/at all',
    ';',
    '',
  ])('is taken under the content type "%s"', async (type) => {
    const receiver = await startReceiver(delivering());
    expect((await post(receiver, EVENT, { ...signed(EVENT), 'content-type': type })).status).toBe(200);
  });

  it('is taken with the previous key while keys are changed', async () => {
    const receiver = await startReceiver(delivering());
    expect((await post(receiver, EVENT, signed(EVENT, PREVIOUS))).status).toBe(200);
    expect((await post(receiver, EVENT, signed(EVENT, PRESENT))).status).toBe(200);
  });
});

describe('what is rejected', () => {
  it.each([
    ['an event without a signature', EVENT, {}, 401],
    ['an event with a stranger’s signature', EVENT, signed(EVENT, 'x'.repeat(40)), 401],
    ['an event with another’s signature', EVENT, signed(OTHER), 401],
    ['an unknown event with a wrong signature', OTHER, signed(EVENT), 401],
    ['a signature that is none', EVENT, { ...signed(EVENT), 'X-Rtc-Signature': 'zz' }, 401],
    ['a signature alone', EVENT, { 'X-Rtc-Signature': signed(EVENT)['X-Rtc-Signature'] ?? '' }, 401],
    ['what the vendor signed, but is no JSON', '{not json', signed('{not json'), 400],
    ['what the vendor signed, but is no object', '[]', signed('[]'), 400],
  ])('%s', async (_what, body, headers, status) => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver);
    expect((await post(receiver, body, { ...JSON_TYPE, ...headers })).status).toBe(status);
    expect(deliver).not.toHaveBeenCalled();
  });
});

describe('a replay', () => {
  const DAY = 86_400_000;
  const signedAt = (body: string, at: number) => signed(body, PRESENT, String(at));

  it('is rejected after the time that callbacks are taken, with a reason of its own', async () => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver, undefined, { maxAgeMs: 7 * DAY });
    const responses = [];
    for (const age of [8 * DAY, 6 * DAY, -2 * DAY]) {
      responses.push(await post(receiver, EVENT, signedAt(EVENT, Date.now() - age)));
    }
    expect(responses).toMatchObject([
      { status: 401, body: { result: 'unauthorized', reason: 'too old' } },
      { status: 200, body: { result: 'delivered' } },
      { status: 401, body: { result: 'unauthorized', reason: 'from the future' } },
    ]);
    expect(deliver).toHaveBeenCalledOnce();
    expect(callbackLines(receiver)).toMatchObject([
      { level: 'warn', result: 'unauthorized', reason: 'too old' },
      { level: 'info', result: 'delivered' },
      { level: 'warn', result: 'unauthorized', reason: 'from the future' },
    ]);
  });

  it('is taken whatever its age where no time is set', async () => {
    const receiver = await startReceiver(delivering());
    expect((await post(receiver, EVENT, signed(EVENT, PRESENT, '1619600282'))).status).toBe(200);
  });
});

describe('what is no callback', () => {
  it.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'])(
    '%s gets 405 without a word of the path',
    async (method) => {
      const receiver = await startReceiver(delivering());
      const request = httpRequest({ port: receiver.port, method, path: '/canary/rtctest?token=canary' });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
      expect(await text(response)).not.toContain('canary');
      expect(JSON.stringify(receiver.log)).not.toContain('canary');
    },
  );

  it('a path that cannot be decoded gets 400 without a word of it', async () => {
    const receiver = await startReceiver(delivering());
    const response = await post(receiver, EVENT, signed(EVENT), '/canary/%zz');
    expect(response).toMatchObject({ status: 400, body: { result: 'malformed' } });
    expect(JSON.stringify([response.body, receiver.log])).not.toContain('canary');
    expect(callbackLines(receiver)).toMatchObject([{ result: 'malformed', code: 'FST_ERR_BAD_URL' }]);
  });
});

describe('a request that cannot be parsed', () => {
  it('is rejected, and the next callback on the same connection is delivered on a new one', async () => {
    const receiver = await startReceiver(delivering());
    const pool = new Pool(receiver.origin, { connections: 1 });
    onTestFinished(() => pool.destroy());
    const send = async (more: Record<string, string> = {}) => {
      const headers = { ...signed(EVENT), ...more };
      const response = await pool.request({ method: 'POST', path: '/callback/rtctest', headers, body: EVENT });
      await response.body.dump();
      return [response.statusCode, response.headers.connection];
    };
    const tooLong = { 'X-Long': 'a'.repeat(20_000) };
    expect(await Promise.all([send(), send(tooLong), send(), send(tooLong), send()])).toEqual([
      [200, 'keep-alive'],
      [431, 'close'],
      [200, 'keep-alive'],
      [431, 'close'],
      [200, 'keep-alive'],
    ]);
  });

  it('is rejected so that a client which writes everything before it reads sees the response', async () => {
    const receiver = await startReceiver(delivering());
    const socket = connect(receiver.port, '127.0.0.1');
    // More than the buffers of both ends hold.
    socket.end(Buffer.concat([Buffer.from('NONSENSE / HTTP/1.1\r\n'), Buffer.alloc(10_000_000, 'x')]));
    await once(socket, 'finish');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
  });

  it('costs a client its connection that keeps it open', async () => {
    const receiver = await startReceiver(delivering());
    const socket = connect({ port: receiver.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('NONSENSE / HTTP/1.1\r\n\r\n');
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1\.1 400 /);
    const writing = setInterval(() => socket.write('x'), 50);
    onTestFinished(() => clearInterval(writing));
    const [reset] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(['ECONNRESET', 'EPIPE']).toContain(reset.code);
  });
});

describe('connections', () => {
  it('are taken over IPv6 and IPv4 at the default address', async () => {
    const receiver = await startReceiver(delivering(), undefined, { host: everyAddress() });
    for (const host of everyAddress() === '::' ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']) {
      expect((await fetch(`http://${host}:${receiver.port}/healthz`)).status).toBe(200);
    }
  });

  it.each([
    [undefined, 72],
    [600_000, 600],
  ])('stay open while idle: %s', async (keepAliveTimeoutMs, seconds) => {
    const receiver = await startReceiver(delivering(), undefined, keepAliveTimeoutMs ? { keepAliveTimeoutMs } : {});
    const { headers } = await fetch(`${receiver.origin}/healthz`);
    expect(headers.get('keep-alive')).toBe(`timeout=${seconds}`);
  });
});

describe('what gets 200 and is ignored', () => {
  it.each([
    ['an empty object', '{}', {}],
    ['an empty object as JSON', '{}', JSON_TYPE],
    ['garbage', '<probe/>', { 'content-type': 'text/xml' }],
    ['garbage as JSON', '{not json', JSON_TYPE],
    ['an event of another type', OTHER, JSON_TYPE],
    ['a signed event of another type', OTHER, signed(OTHER)],
    ['a signed object without a type', '{}', signed('{}')],
    ['an empty body', '', {}],
    ['an empty body as JSON', '', JSON_TYPE],
    ['an empty body as text', '', { 'content-type': 'text/plain' }],
    ['an empty body of no type', '', { 'content-type': ';' }],
    ['a signed empty body', '', signed('')],
  ])('%s', async (_what, body, headers) => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver);
    expect(await post(receiver, body, headers)).toMatchObject({ status: 200, body: { result: 'ignored' } });
    expect(await post(receiver, body, headers, '/')).toMatchObject({ status: 200, body: { result: 'ignored' } });
    expect(deliver).not.toHaveBeenCalled();
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('%s', async (method) => {
    const receiver = await startReceiver(delivering());
    for (const path of ['/', '/callback/rtctest', '/callback/rtctest/?a=b']) {
      expect((await fetch(receiver.origin + path, { method })).status).toBe(200);
    }
  });

  it('an empty body in chunks', async () => {
    const { port } = await startReceiver(delivering());
    const request = httpRequest({
      port,
      method: 'POST',
      path: '/x/rtctest',
      headers: { 'transfer-encoding': 'chunked' },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
  });
});

describe('when Temporal does not take an event', () => {
  it('gets 503 with a time to come back', async () => {
    const receiver = await startReceiver(() => Promise.reject(new Error('Temporal is away')));
    const response = await post(receiver, EVENT);
    expect(response).toMatchObject({ status: 503, body: { result: 'undelivered' } });
    expect(response.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(receiver.log)).toContain('Temporal is away');
  });

  it('gets 503 within 3 s when it hangs, and what comes later is dropped', async () => {
    let fail: (error: Error) => void = () => undefined;
    const receiver = await startReceiver(() => new Promise((_resolve, reject) => (fail = reject)));
    const start = performance.now();
    expect((await post(receiver, EVENT)).status).toBe(503);
    const elapsed = performance.now() - start;
    expect(elapsed).toBeGreaterThan(2_300);
    expect(elapsed).toBeLessThan(3_000);
    // An unhandled rejection would fail the run.
    fail(new Error('too late'));
    await post(receiver, '{}', {});
  });

  it('holds up no one else', async () => {
    const receiver = await startReceiver((app) =>
      app === 'stuck' ? new Promise(() => undefined) : Promise.resolve('delivered'),
    );
    const stuck = post(receiver, EVENT, signed(EVENT), '/stuck');
    expect((await post(receiver, EVENT)).status).toBe(200);
    expect((await stuck).status).toBe(503);
  });
});

describe('large and slow requests', () => {
  it('takes up to 256 KiB', async () => {
    const deliver = delivering();
    const receiver = await startReceiver(deliver);
    const body = (size: number) => {
      const json = JSON.stringify({ ...FILE_COMPLETE, padding: '' });
      return json.replace('"padding":""', `"padding":"${'a'.repeat(size - Buffer.byteLength(json))}"`);
    };
    expect((await post(receiver, body(256 * 1024))).status).toBe(200);
    expect((await post(receiver, body(256 * 1024 + 1))).status).toBe(413);
    expect(deliver).toHaveBeenCalledOnce();
    expect(deliver.mock.calls[0]?.[1]).not.toHaveProperty('padding');
  });

  it('responds with 413 to a body without a declared length', async () => {
    const { port } = await startReceiver(delivering());
    const request = httpRequest({ port, method: 'POST', path: '/x/rtctest' });
    const responded = once(request, 'response') as Promise<[{ statusCode: number }]>;
    request.write(Buffer.alloc(200 * 1024));
    request.end(Buffer.alloc(200 * 1024));
    expect((await responded)[0].statusCode).toBe(413);
  });

  it('responds with 413 also to a client that writes everything before it reads', async () => {
    const { port } = await startReceiver(delivering());
    const size = 8 * 1024 * 1024;
    const socket = connect(port, '127.0.0.1').pause();
    socket.write(`POST /x/rtctest HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
    await new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.write(Buffer.alloc(size), resolve);
    });
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('hangs up on clients that do not finish their request', async () => {
    const { port } = await startReceiver(delivering());
    const beginnings = [
      'POST /x/rtctest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"event_type"',
      'POST /x/rtctest HTTP/1.1\r\nHost: x\r\n',
      '',
    ];
    const responses = beginnings.map((beginning) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(beginning);
      return text(socket);
    });
    for (const response of await Promise.all(responses)) expect(response).toMatch(/^HTTP\/1.1 408 /);
  });

  it('hangs up on clients that continue sending forever', async () => {
    const { port } = await startReceiver(delivering());
    const start = 'POST /x/rtctest HTTP/1.1\r\nHost: x\r\n';
    const block = 'a'.repeat(0x8000);
    const clients: [beginning: string, piece: string, responded: RegExp][] = [
      [`${start}X-Slow: `, 'a', /^HTTP\/1.1 408 /],
      [`${start}Content-Length: 100000\r\n\r\n{`, ' ', /^HTTP\/1.1 408 /],
      // Too large as well: a reset is a way to hang up too, since no one reads the bytes that are on their way.
      [`${start}Transfer-Encoding: chunked\r\n\r\n`, `8000\r\n${block}\r\n`, /^(HTTP\/1.1 408 |$)/],
      [`${start}Content-Length: 1000000000000\r\n\r\n`, block, /^(HTTP\/1.1 408 |$)/],
    ];
    const ends = await Promise.all(
      clients.map(async ([beginning, piece, responded]) => {
        const socket = connect(port, '127.0.0.1');
        socket.write(beginning);
        const dripping = setInterval(() => socket.write(piece), 50);
        expect(await text(socket).catch(() => '')).toMatch(responded);
        clearInterval(dripping);
        return performance.now();
      }),
    );
    // Headers have half the time of the whole.
    const [headers = NaN, ...bodies] = ends;
    expect(Math.min(...bodies) - headers).toBeGreaterThan(2_000);
  });

  it('takes callbacks while hundreds of others dawdle', async () => {
    const receiver = await startReceiver(delivering());
    const slow = Array.from({ length: 500 }, () => {
      const socket = connect(receiver.port, '127.0.0.1').on('error', () => undefined);
      socket.write('POST /x/rtctest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
      return socket;
    });
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    expect((await post(receiver, EVENT)).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });
});

describe('the log', () => {
  it('has one line for each callback, with what it was about', async () => {
    const receiver = await startReceiver(delivering());
    await post(receiver, EVENT);
    await post(receiver, EVENT, {});
    await post(receiver, OTHER);
    await post(receiver, '{', signed('{'));
    expect(callbackLines(receiver)).toMatchObject([
      {
        level: 'info',
        result: 'delivered',
        app: 'rtctest',
        room: 'room001',
        job: FILE_COMPLETE.job_id,
        eventType: 'RECORD_FILE_COMPLETE',
      },
      { level: 'warn', result: 'unauthorized', app: 'rtctest', reason: 'unsigned' },
      { level: 'info', result: 'ignored', app: 'rtctest', eventType: 'RTC_USER_ROLE_CHANGED' },
      { level: 'warn', result: 'malformed', app: 'rtctest' },
    ]);
  });

  it('never holds a body, a header or a key', async () => {
    const receiver = await startReceiver(() => Promise.reject(new Error('away')));
    const body = JSON.stringify({ ...FILE_COMPLETE, detail_message: 'canary-body' });
    const headers: Record<string, string> = {
      ...signed(body),
      authorization: 'Bearer canary-header',
      cookie: 'canary-cookie',
    };
    await post(receiver, body, headers, '/x/rtctest?token=canary-query');
    await post(receiver, body, { ...headers, 'X-Rtc-Signature': 'canary-signature' });
    await post(receiver, `${body}canary-broken`, signed(`${body}canary-broken`));
    await post(receiver, body, headers, '/canary-path/canary app!');
    const probe = JSON.stringify({
      event_type: 'canary: anybody’s words',
      job_id: 'canary-job',
      room_id: 'canary-room',
    });
    await post(receiver, probe, { 'user-agent': 'canary-agent' });
    expect(callbackLines(receiver)).toHaveLength(5);
    expect(JSON.stringify(receiver.log)).not.toContain('canary');
    expect(await (await fetch(`${receiver.origin}/metrics`)).text()).not.toContain('canary');
    expect(JSON.stringify(receiver.log)).not.toContain(headers['X-Rtc-Signature']);
  });
});

describe('the other pages', () => {
  it('is healthy whatever Temporal does', async () => {
    const receiver = await startReceiver(delivering(), () => Promise.reject(new Error('away')));
    expect((await fetch(`${receiver.origin}/healthz`)).status).toBe(200);
  });

  it('is ready when Temporal responds', async () => {
    const receiver = await startReceiver(delivering());
    const response = await fetch(`${receiver.origin}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { ready: true }]);
  });

  it('is not ready, and says why, when Temporal rejects or is silent', async () => {
    const failing = await startReceiver(delivering(), () => Promise.reject(new Error('namespace not found')));
    const rejected = await fetch(`${failing.origin}/readyz`);
    expect([rejected.status, await rejected.json()]).toEqual([
      503,
      { ready: false, reason: 'Temporal: namespace not found' },
    ]);

    const silent = await startReceiver(delivering(), () => new Promise(() => undefined));
    const start = performance.now();
    const response = await fetch(`${silent.origin}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { ready: false, reason: 'Temporal: no response within 1000 ms' },
    ]);
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('counts callbacks by what became of them', async () => {
    const results = ['delivered', 'unrouted'] as const;
    let count = 0;
    const receiver = await startReceiver(() => {
      const result = results[count++];
      return result ? Promise.resolve(result) : Promise.reject(new Error('away'));
    });
    for (let i = 0; i < 3; i += 1) await post(receiver, EVENT);
    await post(receiver, EVENT, {});
    await post(receiver, '{}', {});
    await post(receiver, '{', signed('{'));
    await post(receiver, 'a'.repeat(300_000));
    await fetch(`${receiver.origin}/callback/rtctest`);

    const response = await fetch(`${receiver.origin}/metrics`);
    const metrics = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    for (const result of [
      'delivered',
      'unrouted',
      'undelivered',
      'unauthorized',
      'ignored',
      'malformed',
      'too_large',
    ]) {
      expect(metrics).toContain(`sparkrtc_receiver_callbacks_total{result="${result}"} 1\n`);
    }
    expect(metrics).toContain('sparkrtc_receiver_delivery_seconds_count 3\n');
  });
});

describe('when it is closed', () => {
  it('finishes the callbacks in hand, on connections that are kept open too', async () => {
    let release: () => void = () => undefined;
    const deliver = vi.fn<Deliver>(() => new Promise((resolve) => (release = () => resolve('delivered'))));
    const receiver = await startReceiver(deliver);
    const agent = new Agent({ keepAlive: true });
    const request = httpRequest({
      port: receiver.port,
      method: 'POST',
      path: '/x/rtctest',
      headers: signed(EVENT),
      agent,
    });
    request.end(EVENT);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalled(), LIMIT);

    const closed = receiver.close();
    await expect(fetch(`${receiver.origin}/healthz`)).rejects.toThrow();
    const responded = once(request, 'response') as Promise<[{ statusCode: number }]>;
    release();
    expect((await responded)[0].statusCode).toBe(200);
    const start = performance.now();
    await closed;
    expect(performance.now() - start).toBeLessThan(1_000);
    agent.destroy();
  });

  it('finishes the delivery of a caller who has hung up', async () => {
    let release: () => void = () => undefined;
    const deliver = vi.fn<Deliver>(() => new Promise((resolve) => (release = () => resolve('delivered'))));
    const receiver = await startReceiver(deliver);
    const caller = new AbortController();
    const called = fetch(`${receiver.origin}/x/rtctest`, {
      method: 'POST',
      body: EVENT,
      headers: signed(EVENT),
      signal: caller.signal,
    });
    await vi.waitFor(() => expect(deliver).toHaveBeenCalled(), LIMIT);
    caller.abort();
    await expect(called).rejects.toThrow('aborted');

    let closed = false;
    const closing = receiver.close().then(() => (closed = true));
    await vi.waitFor(() => expect(fetch(`${receiver.origin}/healthz`)).rejects.toThrow(), LIMIT);
    // Long enough for a server that waits for no one.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(closed).toBe(false);
    release();
    await closing;
  });
});
