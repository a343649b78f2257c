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

type SignatureProblem =
  | 'AccessDenied'
  | 'InvalidAccessKeyId'
  | 'SignatureDoesNotMatch'
  | 'RequestTimeTooSkewed'
  | 'XAmzContentSHA256Mismatch'
  | 'NotImplemented';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_PRESIGNED_SECONDS = 7 * 24 * 3600;

/**
 * Checks AWS Signature Version 4, in the Authorization header or in a presigned query, at the real time `now`.
 * Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)"; OBS accepts it.
 */
export function checkAwsSignature(
  request: SignedRequest,
  findKey: (accessKey: string) => KnownKey | undefined,
  now: number,
): SignatureProblem | undefined {
  const { path, query } = splitUrl(request.url);
  const presigned = query.some(([name]) => name === 'X-Amz-Signature');
  const fields = presigned ? presignedFields(query) : headerFields(request.headers);
  if (fields === undefined) return 'AccessDenied';

  const [accessKey = '', day = '', region = '', service, terminator] = fields.credential.split('/');
  const key = findKey(accessKey);
  if (key === undefined) return 'InvalidAccessKeyId';
  if ((key.sessionToken ?? '') !== fields.sessionToken) return 'InvalidAccessKeyId';
  const signedAt = timeOf(fields.date);
  if (signedAt === undefined || service !== 's3' || terminator !== 'aws4_request' || !fields.date.startsWith(day)) {
    return 'SignatureDoesNotMatch';
  }
  if (fields.expiresSeconds === undefined && Math.abs(now - signedAt) > MAX_SKEW_MS) return 'RequestTimeTooSkewed';
  if (fields.expiresSeconds !== undefined) {
    const good = fields.expiresSeconds > 0 && fields.expiresSeconds <= MAX_PRESIGNED_SECONDS;
    if (!good || now > signedAt + fields.expiresSeconds * 1000) return 'AccessDenied';
  }
  if (!fields.signedHeaders.includes('host')) return 'SignatureDoesNotMatch';

  const canonicalRequest = [
    request.method,
    canonicalPath(path),
    canonicalQuery(query.filter(([name]) => name !== 'X-Amz-Signature')),
    ...canonicalHeaders(request.headers, fields.signedHeaders),
    '',
    fields.signedHeaders.join(';'),
    fields.payloadHash,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = [ALGORITHM, fields.date, scope, sha256(canonicalRequest)].join('\n');
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${key.secretKey}`,
  );
  const expected = createHmac('sha256', signingKey).update(toSign).digest();
  if (!isSignature(fields.signature, expected)) return 'SignatureDoesNotMatch';

  if (fields.payloadHash.startsWith('STREAMING-')) return 'NotImplemented';
  if (fields.payloadHash !== 'UNSIGNED-PAYLOAD' && fields.payloadHash !== sha256(request.body))
    return 'XAmzContentSHA256Mismatch';
  return undefined;
}

interface Fields {
  credential: string;
  date: string;
  signedHeaders: string[];
  signature: string;
  sessionToken: string;
  payloadHash: string;
  /** Presigned links only. */
  expiresSeconds?: number;
}

function presignedFields(query: readonly [name: string, value: string][]): Fields | undefined {
  const value = (name: string) => query.find(([candidate]) => candidate === name)?.[1] ?? '';
  if (value('X-Amz-Algorithm') !== ALGORITHM) return undefined;
  return {
    credential: value('X-Amz-Credential'),
    date: value('X-Amz-Date'),
    signedHeaders: value('X-Amz-SignedHeaders').split(';'),
    signature: value('X-Amz-Signature'),
    sessionToken: value('X-Amz-Security-Token'),
    payloadHash: value('X-Amz-Content-Sha256') || 'UNSIGNED-PAYLOAD',
    expiresSeconds: Number(value('X-Amz-Expires')),
  };
}

function headerFields(headers: SignedRequest['headers']): Fields | undefined {
  const header = (name: string) => String(headers[name] ?? '');
  const authorization = header('authorization');
  const part = (name: string) => new RegExp(`${name}=([^, ]+)`).exec(authorization)?.[1];
  const credential = part('Credential');
  const signedHeaders = part('SignedHeaders');
  const signature = part('Signature');
  if (!authorization.startsWith(`${ALGORITHM} `) || !credential || !signedHeaders || !signature) return undefined;
  return {
    credential,
    date: header('x-amz-date'),
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken: header('x-amz-security-token'),
    payloadHash: header('x-amz-content-sha256'),
  };
}
