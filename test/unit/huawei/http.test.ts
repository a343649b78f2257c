import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  AbortedError,
  ConnectionLostError,
  HuaweiError,
  NotSentError,
  StatusError,
  TimeoutError,
  InvalidResponseError,
} from '../../../src/huawei/errors.js';
import { HttpClient, type HttpResponse, type Observation } from '../../../src/huawei/http.js';
import type { HttpRequest } from '../../../src/huawei/response.js';
import {
  breakOff,
  everythingOf,
  failureOf,
  hang,
  json,
  noContent,
  reset,
  scriptedServer,
  stall,
  text,
} from './scriptedServer.js';

const schema = z.object({ app_id: z.string() });

function client(options: ConstructorParameters<typeof HttpClient>[0] = {}): HttpClient {
  const http = new HttpClient(options);
  onTestFinished(() => http.close());
  return http;
}

type Sent = Partial<HttpRequest<unknown>> & { url: string };

function send(http: HttpClient, request: Sent): Promise<HttpResponse<unknown>> {
  return http.request({ call: 'SparkRTC POST /v2/apps/{app_id}', method: 'POST', schema, ...request });
}

describe('a response', () => {
  it('may have a header of 32 KiB, as an IAM token may be', async () => {
    const server = await scriptedServer();
    const token = 't'.repeat(32_768);
    server.respondWith(json(201, { app_id: 'a1' }, { 'X-Subject-Token': token }));
    const { headers } = await send(client(), { url: server.url });
    expect(headers['x-subject-token']).toBe(token);
  });

  it('is given with its status, request id, the vendor’s clock and ours', async () => {
    const server = await scriptedServer();
    server.respondWith(json(201, { app_id: 'a1' }, { Date: 'Wed, 21 Apr 2021 10:51:55 GMT' }));
    const before = Date.now();
    const response = await send(client(), {
      url: `${server.url}/v2/apps?x=1`,
      headers: { 'X-Auth-Token': 't1' },
      body: { app_name: 'rtctest' },
    });
    expect(response).toMatchObject({
      status: 201,
      data: { app_id: 'a1' },
      requestId: 'req-1',
      date: Date.parse('2021-04-21T10:51:55Z'),
    });
    expect(response.sentAtMs).toBeGreaterThanOrEqual(before);
    expect(response.receivedAtMs).toBeGreaterThanOrEqual(response.sentAtMs);
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v2/apps?x=1',
        body: { app_name: 'rtctest' },
        headers: { 'content-type': 'application/json', 'x-auth-token': 't1' },
      },
    ]);
  });

  it('may be empty where nothing is requested', async () => {
    const server = await scriptedServer();
    server.respondWith(noContent);
    const response = await client().request({ call: 'SparkRTC DELETE /v2', method: 'DELETE', url: server.url });
    expect(response).toMatchObject({ status: 204, data: undefined });
  });

  it('is not looked for where a redirect points to', async () => {
    const server = await scriptedServer();
    server.respondWith(text(302, 'text/plain', '', { Location: `${server.url}/elsewhere` }));
    const error = await failureOf(send(client(), { url: server.url }));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ status: 302 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a call that was surely not sent', () => {
  it('found no one listening', async () => {
    const error = await failureOf(send(client(), { url: 'http://127.0.0.1:1/v2/apps' }));
    expect(error).toBeInstanceOf(NotSentError);
    expect(error).toMatchObject({
      call: 'SparkRTC POST /v2/apps/{app_id}',
      message:
        'SparkRTC POST /v2/apps was not sent: no connection to http://127.0.0.1:1 (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1).',
    });
  });

  it('found no such host', async () => {
    const error = await failureOf(send(client(), { url: 'http://no-such-host.invalid/' }));
    expect(error).toBeInstanceOf(NotSentError);
    expect(error).toHaveProperty('message', expect.stringMatching(/ENOTFOUND|EAI_AGAIN/));
  });

  it('came to a server that speaks no TLS', async () => {
    const server = await scriptedServer();
    const error = await failureOf(send(client(), { url: server.url.replace('http', 'https') }));
    expect(error).toBeInstanceOf(NotSentError);
  });

  it('was cut off in the TLS handshake, although the socket says ECONNRESET', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    const error = await failureOf(send(client(), { url }));
    expect(error).toBeInstanceOf(NotSentError);
    expect(error).toHaveProperty('message', expect.stringContaining('ECONNRESET'));
  });

  it('waited too long for a connection', async () => {
    const url = await tcpServer(() => undefined);
    const error = await failureOf(send(client({ connectTimeoutMs: 200 }), { url }));
    expect(error).toBeInstanceOf(NotSentError);
    expect(error).toHaveProperty('message', expect.stringContaining('UND_ERR_CONNECT_TIMEOUT'));
  });

  async function tcpServer(onConnection: (socket: Socket) => void): Promise<string> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
});

describe('a call whose outcome is unknown', () => {
  it.each([
    ['without any response', hang],
    ['with half a response', stall('{"app_id":')],
  ])('was %s in time', async (_, script) => {
    const server = await scriptedServer();
    server.respondWith(script);
    const before = Date.now();
    const error = await failureOf(send(client(), { url: server.url, timeoutMs: 200 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toHaveProperty('message', 'SparkRTC POST / got no response within 0.2 s.');
    expect((error as HuaweiError).sentAtMs).toBeGreaterThanOrEqual(before);
    expect((error as HuaweiError).sentAtMs).toBeLessThanOrEqual(Date.now() - 190);
  });

  it.each([
    ['before the headers', reset],
    ['in the middle of the body', breakOff(201, '{"app_id":"a1"')],
  ])('lost its connection %s', async (_, script) => {
    const server = await scriptedServer();
    server.respondWith(script);
    const error = await failureOf(send(client(), { url: server.url }));
    expect(error).toBeInstanceOf(ConnectionLostError);
  });

  it.each([
    ['before the headers', hang],
    ['in the middle of the body', stall('{"app_id":')],
  ])('was called off by its caller %s', async (_, script) => {
    const server = await scriptedServer();
    const caller = new AbortController();
    server.respondWith((response, socket) => {
      script(response, socket);
      setTimeout(() => caller.abort(new Error('canary-reason')), 50);
    });
    const error = await failureOf(send(client(), { url: server.url, signal: caller.signal }));
    expect(error).toBeInstanceOf(AbortedError);
    expect(everythingOf(error)).not.toContain('canary-reason');
  });
});

describe('a response that cannot be read', () => {
  it.each([
    [
      'a proxy’s page',
      text(200, 'text/html', '<html>\u0007proxy\u001b[31m says hi</html>'),
      /200 .*text\/html, "<html> proxy \[31m says hi<\/html>"/,
    ],
    ['JSON that is cut off', text(201, 'application/json', '{"app_id": "5ff9'), /invalid JSON: application\/json/],
    ['an empty body', text(200, 'application/json', ''), /an empty body/],
    ['no content', noContent, /204 with an empty body/],
    ['another shape', json(200, { app: 'a1' }), /app_id: Invalid input.*\(request id req-1\)/],
    ['no object', json(200, null), /all of it: Invalid input/],
  ])('is %s', async (_, script, message) => {
    const server = await scriptedServer();
    server.respondWith(script);
    const error = await failureOf(send(client(), { url: server.url }));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
  });

  it('is a proxy’s page even where nothing is requested but the success', async () => {
    const server = await scriptedServer();
    server.respondWith(text(200, 'text/html', '<html>proxy says hi</html>'));
    const request = { call: 'SparkRTC DELETE /v2', method: 'DELETE', url: server.url } as const;
    expect(await failureOf(client().request(request))).toBeInstanceOf(InvalidResponseError);
  });

  it('is larger than 4 MiB', async () => {
    const server = await scriptedServer();
    server.respondWith(text(200, 'application/json', JSON.stringify({ app_id: 'x'.repeat(4 * 1024 * 1024) })));
    const error = await failureOf(send(client(), { url: server.url }));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toHaveProperty('message', expect.stringContaining('more than 4194304 bytes'));
  });

  it('is no HTTP', async () => {
    const server = await scriptedServer();
    server.respondWith((_response, socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n\r\n'));
    expect(await failureOf(send(client(), { url: server.url }))).toBeInstanceOf(InvalidResponseError);
  });

  it('shows 120 characters at most', async () => {
    const server = await scriptedServer();
    server.respondWith(text(200, 'text/plain', 'x'.repeat(5_000)));
    const error = await failureOf(send(client(), { url: server.url }));
    expect((error as Error).message).toContain(`"${'x'.repeat(120)}…"`);
  });
});

describe('a rejection', () => {
  it.each([
    [
      'SparkRTC',
      json(400, { error_code: 'RTC.00001018', error_msg: 'URL unavailable.' }),
      { status: 400, errorCode: 'RTC.00001018', requestId: 'req-1' },
      'SparkRTC POST / was rejected with 400 RTC.00001018: URL unavailable (request id req-1).',
    ],
    [
      'the gateway, whose request id is in the body',
      text(429, 'application/json', '{"error_code":"APIGW.0308","error_msg":"Throttled","request_id":"req-2"}'),
      { status: 429, errorCode: 'APIGW.0308', requestId: 'req-2' },
      'SparkRTC POST / was rejected with 429 APIGW.0308: Throttled (request id req-2).',
    ],
    [
      'IAM',
      json(401, { error: { code: 401, message: 'The account is locked.', title: 'Unauthorized' } }),
      { status: 401, errorCode: '401' },
      'SparkRTC POST / was rejected with 401: The account is locked (request id req-1).',
    ],
    [
      'a proxy',
      text(502, 'text/html', '<html>Bad Gateway</html>'),
      { status: 502, errorCode: undefined },
      'SparkRTC POST / was rejected with 502: text/html, "<html>Bad Gateway</html>".',
    ],
    [
      'someone without a word',
      text(503, 'text/plain', ''),
      { status: 503 },
      'SparkRTC POST / was rejected with 503: text/plain, empty.',
    ],
    [
      'JSON of no shape',
      json(500, 'nothing'),
      { status: 500, errorCode: undefined },
      /500: application\/json, ""nothing""/,
    ],
  ])('of %s has its status, code and message', async (_, script, fields, message) => {
    const server = await scriptedServer();
    server.respondWith(script);
    const error = await failureOf(send(client(), { url: server.url }));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject(fields);
    expect((error as Error).message).toMatch(message);
  });

  it('stands, even if the explanation is lost on the way', async () => {
    const server = await scriptedServer();
    server.respondWith(breakOff(404, '{"error_code":'));
    expect(await failureOf(send(client(), { url: server.url }))).toMatchObject({ name: 'StatusError', status: 404 });
  });

  it('says how long to wait', async () => {
    const server = await scriptedServer();
    server.respondWith(json(429, {}, { 'Retry-After': '7' }));
    expect(await failureOf(send(client(), { url: server.url }))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('shows 300 characters of the vendor’s words at most', async () => {
    const server = await scriptedServer();
    server.respondWith(json(400, { error_code: 'RTC.00001003', error_msg: 'x'.repeat(5_000) }));
    const error = (await failureOf(send(client(), { url: server.url }))) as Error;
    expect(error.message).toContain('x'.repeat(300));
    expect(error.message).not.toContain('x'.repeat(301));
  });
});

describe('secrets', () => {
  const SECRETS = ['canary-token-1/+=', 'canary "quoted" päss'];

  it.each([
    ['a rejection that echoes the request', (echo: string) => json(400, { error_code: echo, error_msg: echo })],
    [
      'a rejection in other words',
      (echo: string) => text(400, 'text/plain', `${JSON.stringify(echo)} ${encodeURIComponent(echo)}`),
    ],
    ['a page that echoes the request', (echo: string) => text(200, 'text/html', `<pre>${echo}</pre>`)],
    ['JSON of another shape', (echo: string) => json(200, { echo })],
    ['a lost connection', (echo: string) => breakOff(200, JSON.stringify({ echo }))],
  ])('are in no error: %s', async (_, script) => {
    const server = await scriptedServer();
    server.respondWith(script(SECRETS.join(' and ')));
    const error = await failureOf(
      send(client(), {
        url: server.url,
        headers: { 'X-Auth-Token': SECRETS[0] ?? '' },
        body: { password: SECRETS[1] },
        secrets: SECRETS,
      }),
    );
    expect(error).toBeInstanceOf(HuaweiError);
    expect(everythingOf(error)).not.toMatch(/canary/);
  });

  it('are in no error of a response that carries them, whatever they are', async () => {
    const server = await scriptedServer();
    const response = JSON.stringify({ credential: { secret: 'canary' } });
    server.respondWith(text(200, 'application/json', response), text(500, 'application/json', response));
    const http = client();
    for (const expected of [InvalidResponseError, StatusError]) {
      const error = await failureOf(send(http, { url: server.url, sensitiveResponse: true }));
      expect(error).toBeInstanceOf(expected);
      expect(everythingOf(error)).not.toContain('canary');
    }
  });

  it('are not in what is said of a connection that was not made', async () => {
    const error = await failureOf(
      send(client(), { url: 'http://127.0.0.1:1/', headers: { 'X-Auth-Token': 'canary' }, body: { key: 'canary' } }),
    );
    expect(everythingOf(error)).not.toContain('canary');
  });
});

describe('a connection', () => {
  it('is used again, unless the call wants one of its own', async () => {
    const server = await scriptedServer();
    server.respondWith(...Array<ReturnType<typeof json>>(5).fill(json(200, { app_id: 'a1' })));
    const http = client();
    for (const freshConnection of [false, false, true, true, false]) {
      await send(http, { url: server.url, freshConnection });
    }
    const [first, second, own, another, last] = server.requests.map(({ connection }) => connection);
    expect(new Set([first, own, another]).size).toBe(3);
    expect([second, own, another].filter((connection) => connection === second)).toEqual([second]);
    expect([first, second]).toContain(last);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
      'close',
      'keep-alive',
    ]);
  });
});

describe('the hook for metrics', () => {
  it('gets each call by its template, with its status or its error', async () => {
    const server = await scriptedServer();
    server.respondWith(json(200, { app_id: 'a1' }), json(404, {}), reset, text(200, 'text/html', '<html>'));
    const observations: Observation[] = [];
    const http = client({ onResponse: (observation) => observations.push(observation) });
    for (let call = 0; call < 4; call++) {
      await send(http, { url: `${server.url}/v2/apps/a1?x=1` }).catch(() => undefined);
    }
    const common = { service: 'SparkRTC', call: 'POST /v2/apps/{app_id}', seconds: expect.any(Number) as number };
    expect(observations).toEqual([
      { ...common, status: 200 },
      { ...common, status: 404 },
      { ...common, kind: 'lost' },
      { ...common, kind: 'unreadable' },
    ]);
    for (const { seconds } of observations) expect(seconds).toBeLessThan(10);
  });
});
