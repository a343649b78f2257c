import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { FILE_COMPLETE, hmac, PRESENT, PREVIOUS, signed } from '../../support/signedCallback.js';
import type { RecordingEvent } from '../../../src/contract/event.js';
import { startReceiver, type StartedReceiver } from '../../support/startReceiver.js';

const BATCHES = 250;
const BATCH = 44;
const MALFORMED = 600;
/**
 * Stands in everything that a stranger writes, and in the links of what the vendor writes; in no place that may be
 * seen.
 */
const CANARY = 'canary7c1f';
type Headers = [name: string, value: string][];

interface Call {
  method: string;
  path: string;
  headers: Headers;
  body: Buffer;
  chunked: boolean;
  /** What names the event when it is delivered; empty where the body names none. */
  job: string;
  /** Whether it has to be delivered; otherwise it must not be. */
  genuine: boolean;
}

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\0', '__proto__', 'constructor', '../../etc/passwd', '" OR "1"="1', 'a'.repeat(70), '\ud800', '💣'),
);

const oddValue = fc.oneof(
  oddText,
  fc.constantFrom(1e308, -1, 2 ** 53, 0.1, NaN, null, true, [], {}, [[[[]]]]),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The vendor's fields, some of them with values that they should not have, and fields that no one knows. */
const eventFields = fc.record({
  odd: fc.dictionary(
    fc.constantFrom(...Object.keys(FILE_COMPLETE).filter((name) => name !== 'event_type' && name !== 'job_id')),
    oddValue,
    { maxKeys: 4 },
  ),
  more: fc.dictionary(oddText, oddValue, { maxKeys: 3 }),
  type: fc.constantFrom(
    'RECORD_NEW_FILE_START',
    'RECORD_FILE_COMPLETE',
    'CLOUD_RECORD_OVER',
    'CLOUD_RECORD_SERVER_OVER',
  ),
});

/** Bytes that are no recording event, whoever signs them. */
const noEvent = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from('['.repeat(100_000)),
    Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
    Buffer.from(`{"event_type":"${CANARY}"}`),
    Buffer.from('{"__proto__":{"event_type":"CLOUD_RECORD_OVER"}}'),
    Buffer.from('{"constructor":{"prototype":{"event_type":"CLOUD_RECORD_OVER"}}}'),
    Buffer.from('{"event_type":["CLOUD_RECORD_OVER"]}'),
    Buffer.from('{"event_type":"CLOUD_RECORD_OVER\\u0000"}'),
    Buffer.from(JSON.stringify({ x: 'a'.repeat(300_000) })),
  ),
);

/** Every byte that HTTP lets stand in a path and in a header. */
const printable = fc
  .integer({ min: 0x21, max: 0xff })
  .filter((code) => code !== 0x7f)
  .map((code) => String.fromCharCode(code));

const oddPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'rtctest',
        '..',
        '.',
        '',
        '%2e%2e',
        '%zz',
        '%00',
        '__proto__',
        'healthz',
        'metrics',
        CANARY + '!',
      ),
      fc.string({ unit: printable, maxLength: 30 }),
    ),
    { maxLength: 5 },
  )
  .map((segments) => `/${segments.join('/')}?token=${CANARY}`);

const path = fc.oneof(fc.constant('/callback/rtctest'), oddPath);

const strangersHeaders = fc.array(
  fc.oneof(
    fc.constantFrom<Headers[number]>(
      ['Authorization', `Bearer ${CANARY}`],
      ['Cookie', CANARY],
      ['Content-Type', 'application/json'],
      ['Content-Type', CANARY],
      ['Content-Encoding', 'gzip'],
      ['__proto__', CANARY],
      ['constructor', CANARY],
      ['X-Forwarded-For', CANARY],
      ['X-Http-Method-Override', 'DELETE'],
      ['Accept-Version', '9.9.9'],
    ),
    fc.tuple(fc.stringMatching(/^x-[a-z-]{1,20}$/), fc.string({ unit: printable, maxLength: 60 })),
  ),
  { maxLength: 4 },
);

/** What a stranger, who has seen callbacks but holds no key, can do with the headers and the body of one. */
const FORGERIES: ((headers: Headers, body: Buffer) => [Headers, Buffer])[] = [
  (_headers, body) => [[], body],
  (_headers, body) => [Object.entries(signed(body, 'x'.repeat(40))), body],
  (headers, body) => [headers, Buffer.concat([body, Buffer.from(' ')])],
  (headers, body) => [headers, Buffer.from(body.toString('latin1').replace(/[0-9a-f]/, 'g'), 'latin1')],
  (headers, body) => [headers.slice(1), body],
  (headers, body) => [headers.slice(0, 2), body],
  (headers, body) => [[...headers, ...headers], body],
  (headers, body) => [[...headers, ['X-Rtc-Signature', '0'.repeat(64)]], body],
  (headers, body) => [[['X-Rtc-Timestamp', CANARY], ...headers], body],
  (headers, body) => [
    headers.map(([name, value]) => [name, value.toUpperCase() + (/\d$/.test(value) ? '0' : '')]),
    body,
  ],
  (headers, body) => [headers.map(([name]) => [name, '']), body],
  (headers, body) => [headers.map(([name]) => [name.replaceAll('-', '_'), CANARY]), body],
  // The signed text has nothing between its parts: what begins the body is passed off as the end of the timestamp.
  (headers, body) => [
    headers.map(([name, value]) => [name, name.endsWith('Timestamp') ? value + body.toString('latin1', 0, 1) : value]),
    body.subarray(1),
  ],
];

const event = fc
  .tuple(
    fc.uuid(),
    eventFields,
    fc.option(fc.constantFrom(...FORGERIES), { freq: 2 }),
    fc.constantFrom(PRESENT, PREVIOUS),
  )
  .map(([job, { odd, more, type }, forge, key]) => {
    const link = `https://example.com/?X-Amz-Signature=${CANARY}`;
    const fields = { ...more, ...FILE_COMPLETE, ...odd, event_type: type, job_id: job };
    const body = Buffer.from(JSON.stringify({ ...fields, download_url: link, obs_location: link }));
    const headers: Headers = Object.entries(signed(body, key));
    if (!forge) return { headers, body, job, genuine: true };
    const [forgedHeaders, forgedBody] = forge(headers, body);
    return { headers: forgedHeaders, body: forgedBody, job, genuine: false };
  });

const other = noEvent.chain((body) =>
  fc
    .constantFrom<Headers>([], Object.entries(signed(body)))
    .map((headers) => ({ headers, body, job: '', genuine: false })),
);

const call: fc.Arbitrary<Call> = fc
  .record({
    content: fc.oneof({ weight: 3, arbitrary: event }, { weight: 1, arbitrary: other }),
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('POST') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'),
      },
    ),
    path,
    headers: strangersHeaders,
    chunked: fc.boolean(),
  })
  .map(({ content, headers, ...request }) => ({
    ...content,
    ...request,
    headers: [...headers, ...content.headers],
    // A path that is not ASCII, or cannot be decoded, has no application.
    genuine: content.genuine && request.method === 'POST' && isDecodable(request.path),
  }));

function isDecodable(path: string): boolean {
  if (/[^!-~]/.test(path)) return false;
  try {
    decodeURI(path.replace(/[?#].*/, ''));
    return true;
  } catch {
    return false;
  }
}

async function send(pool: Pool, { method, path, headers, body, chunked }: Call): Promise<number> {
  const response = await pool.request({
    method,
    path,
    headers: headers.flat(),
    body: ['GET', 'HEAD', 'TRACE'].includes(method) ? null : chunked ? Readable.from([body]) : body,
  });
  await response.body.dump();
  return response.statusCode;
}

/** What a client gets that sends these bytes and waits for the connection's end. */
async function converse({ port }: StartedReceiver, bytes: Buffer): Promise<number[]> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  // A reset is a response too: nothing more is to come.
  const responses = await text(socket).catch(() => '');
  return [...responses.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

it(`survives ${BATCHES * BATCH} requests of any kind and delivers what is well signed, and nothing else`, async () => {
  const delivered = new Map<string, number>();
  const receiver = await startReceiver((_app, event) => {
    const { jobId = '' } = event as RecordingEvent;
    delivered.set(jobId, (delivered.get(jobId) ?? 0) + 1);
    return Promise.resolve('delivered');
  });
  const pool = new Pool(receiver.origin, { connections: 16 });
  onTestFinished(() => pool.destroy());

  const statuses = new Map<number, number>();
  let wanted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: BATCH, maxLength: BATCH, size: 'max' }), async (calls) => {
      delivered.clear();
      const responses = await Promise.all(calls.map((one) => send(pool, one)));
      for (const status of responses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const outcomes = calls.map((one, at) => ({
        ...one,
        status: responses[at] ?? 0,
        times: delivered.get(one.job) ?? 0,
      }));
      const wrong = outcomes.filter(({ status, times, genuine }) => status >= 500 || times !== Number(genuine));
      expect(wrong.map((one) => ({ ...one, body: one.body.toString('latin1') }))).toEqual([]);
      expect(delivered.size).toBe(new Set(calls.filter(({ genuine }) => genuine).map(({ job }) => job)).size);
      wanted += delivered.size;
    }),
    // What is wrong is named: there is no need to look for a smaller one.
    { numRuns: BATCHES, endOnFailure: true },
  );

  const count = [...statuses.values()].reduce((sum, each) => sum + each, 0);
  expect(count).toBeGreaterThanOrEqual(10_000);
  // All that can happen did: delivered or ignored, malformed, rejected, another method, too large.
  expect([...statuses.keys()].sort()).toEqual([200, 400, 401, 405, 413]);
  expect(wanted).toBeGreaterThan(1_000);
  const metrics = await (await fetch(`${receiver.origin}/metrics`)).text();
  expect(JSON.stringify(receiver.log) + metrics).not.toContain(CANARY);
}, 180_000);

it(`survives ${MALFORMED} requests that are no HTTP`, async () => {
  const delivered: (string | undefined)[] = [];
  const receiver = await startReceiver(
    (_app, event) => {
      delivered.push((event as RecordingEvent).jobId);
      return Promise.resolve('delivered');
    },
    undefined,
    { logLevel: 'trace' },
  );
  const BODY = Buffer.from(JSON.stringify(FILE_COMPLETE));
  const SIGNED = signed(BODY);
  const lines = (headers: Record<string, string>) =>
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  const post = (headers: string, body: Buffer | string, start = 'POST /callback/rtctest HTTP/1.1') =>
    Buffer.concat([Buffer.from(`${start}\r\n${headers}\r\n`, 'latin1'), Buffer.from(body)]);
  const HOST = `Host: ${CANARY}\r\n`;
  const signature = lines(SIGNED);
  const length = (bytes: number) => `Content-Length: ${bytes}\r\n`;
  const chunked = 'Transfer-Encoding: chunked\r\n';

  const malformed = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    // Lengths that lie: the signature is over what was sent, not over what is left of it.
    fc.integer({ min: 0, max: BODY.length - 1 }).map((bytes) => post(HOST + signature + length(bytes), BODY)),
    fc.integer({ min: BODY.length + 1, max: 1e15 }).map((bytes) => post(HOST + signature + length(bytes), BODY)),
    fc.constantFrom(
      post(HOST + signature + length(BODY.length) + length(1), BODY),
      post(HOST + signature + length(BODY.length) + chunked, BODY),
      post(HOST + signature + chunked, `${BODY.length.toString(16)}x\r\n${BODY.toString()}\r\n0\r\n\r\n`),
      post(HOST + signature + chunked, `-1\r\n${BODY.toString()}\r\n0\r\n\r\n`),
      post(HOST + signature + chunked, `ffffffffffffffffff\r\n${BODY.toString()}`),
      post(HOST + signature + `Content-Length: -1\r\n`, BODY),
      post(HOST + signature + `Content-Length: 0x10\r\n`, BODY),
      post(signature + length(BODY.length), BODY),
      post(`${HOST}X-Nul: ${CANARY}\0\r\n` + signature + length(BODY.length), BODY),
      post(`${HOST} folded: ${CANARY}\r\n` + signature + length(BODY.length), BODY),
      post(`${HOST}X-Long: ${CANARY.repeat(3_000)}\r\n` + signature + length(BODY.length), BODY),
      post(HOST + 'x: y\r\n'.repeat(3_000) + signature + length(BODY.length), BODY),
      post(HOST + signature + length(BODY.length), BODY, `POST /${'a'.repeat(20_000)} HTTP/1.1`),
      post(HOST + signature + length(BODY.length), BODY, `POST /${CANARY} /rtctest HTTP/1.1`),
      post(HOST + signature + length(BODY.length), BODY, `POST /\0${CANARY} HTTP/1.1`),
      post(HOST + signature + length(BODY.length), BODY, 'POST /rtctest HTTP/9.9'),
      post(HOST + signature + length(BODY.length), BODY, 'POST rtctest HTTP/1.1'),
      post(HOST + signature + length(BODY.length), BODY, `CONNECT ${CANARY}:443 HTTP/1.1`),
      post(HOST + signature + length(BODY.length), BODY, 'NONSENSE / HTTP/1.1'),
      post(`${HOST}Expect: ${CANARY}\r\n` + signature + length(BODY.length), BODY),
      post(HOST + `X-Rtc-Signature: ${hmac(PRESENT, '', '', '')}\r\n` + length(BODY.length), BODY),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(malformed, { minLength: 20, maxLength: 20, size: 'max' }), async (requests) => {
      const responses = await Promise.all(requests.map((bytes) => converse(receiver, bytes)));
      expect(responses.flat().filter((status) => status >= 500)).toEqual([]);
      expect(delivered).toEqual([]);
    }),
    { numRuns: MALFORMED / 20 },
  );

  const response = await fetch(`${receiver.origin}/callback/rtctest`, { method: 'POST', body: BODY, headers: SIGNED });
  expect([response.status, delivered]).toEqual([200, [FILE_COMPLETE.job_id]]);
  // The bytes that could not be parsed would be there as numbers.
  expect(JSON.stringify(receiver.log)).not.toMatch(new RegExp(`${CANARY}|rawPacket`));
  expect(JSON.stringify(receiver.log)).toContain('client error');
}, 180_000);
