// @ts-check
/* global AbortSignal, Buffer, URL */
/**
 * Checks from outside whether a receiver of recording callbacks keeps callback-vectors.json. Node 20 and nothing else.
 * Usage: node run.mjs --url http://host:port/callback/app [--key …] [--previous-key …] [--no-previous-key] [--no-window]
 * Prints a line for each vector; ends with 1 where one failed, with 2 where it could not begin.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parseArgs } from 'node:util';

/**
 * @typedef {string | { secondsFromNow: number, unit?: 'seconds' | 'milliseconds' }} Timestamp
 * @typedef {{ body?: string, bodyBase64?: string, bodyRepeat?: { text: string, times: number } }} Content
 * @typedef {object} Signing
 * @property {string} key the key's name
 * @property {string} rand
 * @property {Timestamp} timestamp
 * @property {string} [body] what is signed, where it is not what is sent
 * @property {number} [moveToTimestamp] so many bytes of the signed body are sent as the end of the timestamp
 * @property {string} [signature] made beforehand with the key of the file
 * @typedef {object} Vector
 * @property {string} name
 * @property {string} why
 * @property {{ method: string, path?: string, headers?: Record<string, string | string[] | null | Timestamp> } &
 * Content} request
 * @property {Signing} [sign]
 * @property {(number | 'closed')[]} status
 * @property {'previous key' | 'window' | 'no window'} [needs]
 * @typedef {{ name: string, key: string, rand: string, timestamp: string, signature: string, valid: boolean } &
 * Content} SignatureVector
 * @typedef {{ keys: Record<string, string>, signatures: SignatureVector[], requests: Vector[] }} Vectors
 */

const RESPONSE_TIMEOUT_MS = 15_000;

const options = /** @type {const} */ ({
  url: { type: 'string' },
  key: { type: 'string' },
  'previous-key': { type: 'string' },
  'no-previous-key': { type: 'boolean', default: false },
  'no-window': { type: 'boolean', default: false },
});

/** @type {unknown} */
const content = JSON.parse(readFileSync(new URL('callback-vectors.json', import.meta.url), 'utf8'));
const vectors = /** @type {Vectors} */ (content);

/** @param {Content} content */
function bytesOf({ body = '', bodyBase64, bodyRepeat }) {
  if (bodyBase64 !== undefined) return Buffer.from(bodyBase64, 'base64');
  return bodyRepeat ? Buffer.alloc(bodyRepeat.times, bodyRepeat.text) : Buffer.from(body);
}

/** @param {Timestamp} timestamp */
function writeTimestamp(timestamp) {
  if (typeof timestamp === 'string') return timestamp;
  const ms = Date.now() + timestamp.secondsFromNow * 1000;
  return String(timestamp.unit === 'milliseconds' ? ms : Math.floor(ms / 1000));
}

/**
 * @param {string} key
 * @param {string} rand
 * @param {string} timestamp
 * @param {Buffer} body
 */
function hmac(key, rand, timestamp, body) {
  return createHmac('sha256', key).update(rand).update(timestamp).update(body).digest('hex');
}

/** What this file itself makes of the signatures: a check of the checker. */
function checkOwnSignatures() {
  return vectors.signatures
    .filter((vector) => vector.valid)
    .filter(({ key, rand, timestamp, signature, ...content }) => {
      return hmac(vectors.keys[key] ?? '', rand, timestamp, bytesOf(content)) !== signature;
    })
    .map(({ name }) => `the signature of "${name}" in callback-vectors.json is not what this program makes of it`);
}

/**
 * The headers and the body that are sent.
 * @param {Vector} vector
 * @param {Record<string, string>} keys
 */
function compose({ request, sign }, keys) {
  let body = bytesOf(request);
  /** @type {Record<string, string | string[]>} */
  const headers = {};
  if (sign) {
    const key = keys[sign.key] ?? '';
    const timestamp = writeTimestamp(sign.timestamp);
    const signedBody = sign.body === undefined ? body : Buffer.from(sign.body);
    const made = key === vectors.keys[sign.key] ? sign.signature : undefined;
    const moved = sign.moveToTimestamp ?? 0;
    headers['X-Rtc-Rand'] = sign.rand;
    headers['X-Rtc-Timestamp'] = timestamp + body.toString('latin1', 0, moved);
    headers['X-Rtc-Signature'] = made ?? hmac(key, sign.rand, timestamp, signedBody);
    body = body.subarray(moved);
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = Array.isArray(value) ? value : writeTimestamp(value);
  }
  const sends = !['GET', 'HEAD'].includes(request.method);
  if (sends && headers['Content-Length'] === undefined && headers['Transfer-Encoding'] === undefined) {
    headers['Content-Length'] = String(body.length);
  }
  return { headers, body };
}

/**
 * The status, or that the receiver hung up without one.
 * @param {URL} url
 * @param {Vector} vector
 * @param {Record<string, string>} keys
 * @returns {Promise<number | 'closed' | 'no response'>}
 */
async function send(url, vector, keys) {
  const { headers, body } = compose(vector, keys);
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + (vector.request.path ?? ''),
    method: vector.request.method,
    headers,
    // Each on a connection of its own: what one leaves behind must not spoil the next.
    agent: false,
    signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
  });
  const responded = /** @type {Promise<[import('node:http').IncomingMessage]>} */ (once(request, 'response'));
  // After the response the receiver may hang up while a large body is still on its way.
  request.on('error', () => undefined);
  request.end(body);
  try {
    const [response] = await responded;
    response.on('error', () => undefined).resume();
    return response.statusCode ?? 'no response';
  } catch (error) {
    const { code, name } = /** @type {NodeJS.ErrnoException} */ (error);
    if (name === 'AbortError') return 'no response';
    if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed';
    throw error;
  } finally {
    request.destroy();
  }
}

async function run() {
  const { values } = parseArgs({ options });
  if (values.url === undefined || !URL.canParse(values.url)) {
    throw new Error(
      '--url is missing or no URL; it is that of the callbacks, such as http://localhost:8080/callback/app',
    );
  }
  const url = new URL(values.url);
  const keys = {
    ...vectors.keys,
    ...(values.key !== undefined && { present: values.key }),
    ...(values['previous-key'] !== undefined && { previous: values['previous-key'] }),
  };
  const has = {
    'previous key': !values['no-previous-key'],
    window: !values['no-window'],
    'no window': values['no-window'],
  };

  const failures = checkOwnSignatures();
  let passed = 0;
  let skipped = 0;
  for (const vector of vectors.requests) {
    if (vector.needs && !has[vector.needs]) {
      skipped += 1;
      console.log(`skipped  ${vector.name} (needs: ${vector.needs})`);
      continue;
    }
    const status = await send(url, vector, keys);
    if (/** @type {unknown[]} */ (vector.status).includes(status)) {
      passed += 1;
      console.log(`ok       ${vector.name}`);
    } else {
      failures.push(`${vector.name}: expected ${vector.status.join(' or ')}, got ${status}. ${vector.why}`);
      console.log(`FAILED   ${vector.name}`);
    }
  }
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${passed} passed, ${failures.length} failed, ${skipped} skipped`);
  return failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`The vectors could not be tried: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
