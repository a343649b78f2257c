import { createHmac } from 'node:crypto';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  isSignature,
  MAX_SKEW_MS,
  sha256,
  splitUrl,
  timeOf,
  type KnownKey,
  type SignedRequest,
} from './canonicalRequest.js';

const ALGORITHM = 'SDK-HMAC-SHA256';
const AUTHORIZATION = /^SDK-HMAC-SHA256 Access=([^\s,]+), ?SignedHeaders=([^\s,]+), ?Signature=([0-9a-f]{64})$/;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** Whose signature it is said to be; undefined where the request is not signed in this way. */
export function signingKeyOf(headers: SignedRequest['headers']): string | undefined {
  return AUTHORIZATION.exec(String(headers['authorization'] ?? ''))?.[1];
}

/**
 * Checks a request that is signed with an access key, as by the vendor's SDKs. Returns why the gateway rejects it, or
 * undefined; `now` is the gateway's wall clock in milliseconds since 1970.
 * Source: "API Request Signing Guide", chapter "AK/SK Signing and Authentication Algorithm", and the signer in
 * huaweicloudsdkcore.
 */
export function checkSdkSignature(request: SignedRequest, key: KnownKey, now: number): string | undefined {
  const header = (name: string) => String(request.headers[name] ?? '');
  const [, , signedHeaderList = '', signature = ''] = AUTHORIZATION.exec(header('authorization')) ?? [];
  const signed = signedHeaderList.split(';');

  const signedAt = timeOf(header('x-sdk-date'));
  const failure = 'verify aksk signature fail';
  if (signedAt === undefined || !signed.includes('x-sdk-date')) return `${failure}, X-Sdk-Date has to be signed`;
  if (Math.abs(now - signedAt) > MAX_SKEW_MS) return `${failure}, signature expired`;
  if (signedHeaderList !== signedHeaderList.toLowerCase().split(';').sort().join(';')) {
    return `${failure}, SignedHeaders has to be sorted and in lower case`;
  }
  if ((key.sessionToken ?? '') !== header('x-security-token')) {
    return `${failure}, X-Security-Token does not belong to it`;
  }

  const { path, query } = splitUrl(request.url);
  // The SDKs leave the body of a file upload unsigned, and say so in this header.
  const declared = header('x-sdk-content-sha256');
  const bodyHash = sha256(request.body);
  if (declared && declared !== UNSIGNED && declared !== bodyHash) return `${failure}, the body has another hash`;
  const canonicalRequest = [
    request.method,
    // Unlike Amazon's, this path always ends with a slash.
    canonicalPath(path).replace(/\/?$/, '/'),
    canonicalQuery(query),
    ...canonicalHeaders(request.headers, signed),
    '',
    signed.join(';'),
    declared || bodyHash,
  ].join('\n');
  const toSign = [ALGORITHM, header('x-sdk-date'), sha256(canonicalRequest)].join('\n');
  const expected = createHmac('sha256', key.secretKey).update(toSign).digest();
  return isSignature(signature, expected) ? undefined : failure;
}
