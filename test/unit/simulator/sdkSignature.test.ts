import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.js';
import { SEED } from './seed.js';
import { send, signIn, startSimulator, type VendorResponse } from './vendorClient.js';

const KEY = { accessKey: 'SDKSIGNATURETEST0001', secretKey: 'canary-secret-key-of-the-signature-test' };

interface Signing {
  method?: string;
  path?: string;
  /** As it is sent, already escaped and sorted. */
  query?: string;
  body?: string;
  secretKey?: string;
  accessKey?: string;
  at?: number;
  /** Sent and signed beside Host and X-Sdk-Date. */
  headers?: Record<string, string>;
  /** What is done to the signed request on its way. */
  tamper?: (request: { path: string; query: string; body: string; headers: Record<string, string> }) => void;
  /** Signed headers; by default all, sorted. */
  signed?: string[];
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Signs as the vendor's guide says, step by step. */
async function sendSigned(simulator: Simulator, signing: Signing = {}): Promise<VendorResponse> {
  const { method = 'GET', path = '/v2/apps', query = '', body = '', at = Date.now() } = signing;
  const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  const sent: Record<string, string> = { 'content-type': 'application/json', 'x-sdk-date': date, ...signing.headers };
  const all: Record<string, string> = { ...sent, host: new URL(simulator.url).host };
  const signed = signing.signed ?? Object.keys(all).sort();
  const canonicalRequest = [
    method,
    `${path}/`,
    query,
    ...signed.map((name) => `${name.toLowerCase()}:${all[name.toLowerCase()] ?? ''}`),
    '',
    signed.join(';'),
    sent['x-sdk-content-sha256'] ?? hash(body),
  ].join('\n');
  const signature = createHmac('sha256', signing.secretKey ?? KEY.secretKey)
    .update(`SDK-HMAC-SHA256\n${date}\n${hash(canonicalRequest)}`)
    .digest('hex');
  const access = signing.accessKey ?? KEY.accessKey;
  const authorization = `SDK-HMAC-SHA256 Access=${access}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  const request = { path, query, body, headers: { ...sent, authorization } as Record<string, string> };
  signing.tamper?.(request);
  const url = `${simulator.url}${request.path}${request.query && `?${request.query}`}`;
  return send(url, method, request.body || undefined, request.headers);
}

const start = () => startSimulator({ accessKeys: [KEY] });

const MINUTE = 60_000;
const app = JSON.stringify(SEED.appRequest);

describe('a call signed with an access key', () => {
  it.for<[string, Signing, number]>([
    ['without a query', {}, 200],
    ['with a query', { query: 'limit=10&offset=0' }, 200],
    ['with a name that begins like another', { query: 'a=1&a-b=2' }, 200],
    [
      'whose query is sent in another order',
      { query: 'limit=10&offset=0', tamper: (request) => void (request.query = 'offset=0&limit=10') },
      200,
    ],
    ['with a body', { method: 'POST', body: app }, 201],
    [
      'with escapes',
      {
        path: '/v2/rtc-ops/buckets/objects',
        query: 'bucket=obsName&location=cn-north-4&prefix=%C3%A4%20%2B%27%2A&type=objects',
      },
      200,
    ],
    ['with further headers', { headers: { 'x-project-id': '0123', 'user-agent': 'of a test' } }, 200],
    ['that signs nothing but the date', { signed: ['x-sdk-date'] }, 200],
    [
      'whose body is declared by its hash',
      { method: 'POST', body: app, headers: { 'x-sdk-content-sha256': hash(app) } },
      201,
    ],
    [
      'whose body is declared as unsigned',
      { method: 'POST', body: app, headers: { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' } },
      201,
    ],
    ['14 minutes ago', { at: Date.now() - 14 * MINUTE }, 200],
    ['14 minutes ahead', { at: Date.now() + 14 * MINUTE }, 200],
  ])('%s is taken', async ([, signing, status]) => {
    expect((await sendSigned(await start(), signing)).status).toBe(status);
  });

  const fail = 'verify aksk signature fail';
  it.for<[string, Signing, string]>([
    ['with another secret key', { secretKey: 'another' }, fail],
    ['with an unknown access key', { accessKey: 'UNKNOWN' }, 'Get secretKey failed,ak:UNKNOWN,err:ak not exist'],
    ['16 minutes ago', { at: Date.now() - 16 * MINUTE }, `${fail}, signature expired`],
    ['16 minutes ahead', { at: Date.now() + 16 * MINUTE }, `${fail}, signature expired`],
    ['without its date', { signed: ['host'] }, `${fail}, X-Sdk-Date has to be signed`],
    [
      'with unsorted headers',
      { signed: ['x-sdk-date', 'host'] },
      `${fail}, SignedHeaders has to be sorted and in lower case`,
    ],
    [
      'with headers in upper case',
      { signed: ['Host', 'x-sdk-date'] },
      `${fail}, SignedHeaders has to be sorted and in lower case`,
    ],
    [
      'with a token of another key',
      { headers: { 'x-security-token': 'made-up' } },
      `${fail}, X-Security-Token does not belong to it`,
    ],
    ['for another path', { tamper: (request) => void (request.path += '/other') }, fail],
    ['for another query', { query: 'offset=0', tamper: (request) => void (request.query = 'offset=1') }, fail],
    [
      'for another body',
      { method: 'POST', body: app, tamper: (request) => void (request.body = '{"app_name":"other"}') },
      fail,
    ],
    ['for another header', { tamper: ({ headers }) => void (headers['content-type'] = 'text/plain') }, fail],
    [
      'with another hash of the body',
      { method: 'POST', body: app, headers: { 'x-sdk-content-sha256': hash('other') } },
      `${fail}, the body has another hash`,
    ],
    [
      'with an unsigned word that the body is unsigned',
      {
        method: 'POST',
        body: app,
        tamper: (request) => {
          request.body = '{"app_name":"other"}';
          request.headers['x-sdk-content-sha256'] = 'UNSIGNED-PAYLOAD';
        },
      },
      fail,
    ],
    [
      'by another algorithm',
      { tamper: ({ headers }) => void (headers['authorization'] = `Bearer ${KEY.accessKey}`) },
      'x-auth-token not found',
    ],
  ])('%s is rejected by the gateway', async ([, signing, reason]) => {
    const { status, headers, body } = await sendSigned(await start(), signing);
    expect(status).toBe(401);
    expect(body).toEqual({
      error_code: 'APIGW.0301',
      error_msg: `Incorrect IAM authentication information: ${reason}`,
      request_id: headers.get('x-request-id'),
    });
  });

  it('is taken with temporary keys and their session token, not without it', async () => {
    const simulator = await startSimulator();
    const call = await signIn(simulator);
    const asked = { auth: { identity: { methods: ['token'], token: { duration_seconds: 900 } } } };
    const { access, secret, securitytoken } = (await call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', asked)).body
      .credential;
    const key = { accessKey: access, secretKey: secret };
    const withToken = await sendSigned(simulator, { ...key, headers: { 'x-security-token': securitytoken } });
    expect(withToken.status).toBe(200);
    expect((await sendSigned(simulator, key)).status).toBe(401);
  });

  it('locks its key after five wrong ones in a row, for five simulated minutes', async () => {
    const simulator = await startSimulator({ accessKeys: [KEY], timeScale: 60 });
    for (const failures of [4, 4, 5]) {
      expect((await sendSigned(simulator)).status).toBe(200);
      for (let i = 0; i < failures; i += 1) {
        expect((await sendSigned(simulator, { secretKey: 'another' })).status).toBe(401);
      }
    }
    const locked = await sendSigned(simulator);
    expect(locked.status).toBe(401);
    expect(locked.body.error_msg).toContain('AK access failed to reach the limit,forbidden');
    await expect.poll(async () => (await sendSigned(simulator)).status, { timeout: 60_000 }).toBe(200);
  });

  it('goes by the clock of the gateway', async () => {
    const simulator = await startSimulator({ accessKeys: [KEY], clockSkewMs: -60 * MINUTE });
    expect((await sendSigned(simulator)).status).toBe(401);
    expect((await sendSigned(simulator, { at: Date.now() - 60 * MINUTE })).status).toBe(200);
  });
});
