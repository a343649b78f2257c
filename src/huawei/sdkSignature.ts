import { createHash, createHmac } from 'node:crypto';

/** A permanent access key (AK and SK), or a temporary one with its security token. */
export interface AccessKey {
  accessKey: string;
  secretKey: string;
  /** Only of a temporary key. */
  securityToken?: string;
}

/** An access key that signs calls to SparkRTC too, for the resources of one project. */
export interface ProjectAccessKey extends AccessKey {
  projectId: string;
}

export interface UnsignedRequest {
  method: string;
  /** Without the query. */
  url: string;
  query?: Record<string, string | number> | undefined;
  headers?: Record<string, string> | undefined;
  /** As it is sent; default: none. */
  body?: string | undefined;
}

const ALGORITHM = 'SDK-HMAC-SHA256';

/**
 * The headers of a request together with those that sign it. All but User-Agent are signed, as by the vendor's SDKs.
 * Source: "API Request Signing Guide", chapter "AK/SK Signing and Authentication Algorithm".
 */
export function signedHeaders(request: UnsignedRequest, key: ProjectAccessKey, now: number): Record<string, string> {
  const { host, pathname } = new URL(request.url);
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    ...request.headers,
    'X-Project-Id': key.projectId,
    ...(key.securityToken !== undefined && { 'X-Security-Token': key.securityToken }),
    'X-Sdk-Date': date,
    Host: host,
  };
  const signed = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonicalRequest = [
    request.method,
    canonicalPath(pathname),
    canonicalQuery(request.query ?? {}),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body ?? ''),
  ].join('\n');
  const toSign = [ALGORITHM, date, sha256(canonicalRequest)].join('\n');
  const signature = createHmac('sha256', key.secretKey).update(toSign).digest('hex');
  headers['Authorization'] = `${ALGORITHM} Access=${key.accessKey}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

/** It always ends with a slash, whether or not the request's path does. */
function canonicalPath(path: string): string {
  const encoded = path.split('/').map((segment) => encode(decodeURIComponent(segment)));
  return encoded.join('/').replace(/\/?$/, '/');
}

function canonicalQuery(query: Record<string, string | number>): string {
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&');
}

/** Escapes everything but letters, digits and `-._~`; JavaScript leaves `!'()*` alone. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
