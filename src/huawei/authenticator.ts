import type { CredentialGuard } from './credentialGuard.js';
import { classifyError } from './errors.js';
import type { HttpClient, HttpResponse } from './http.js';
import type { HttpRequest } from './response.js';
import { signedHeaders, type ProjectAccessKey } from './sdkSignature.js';
import { singleFlight, type TokenProvider } from './tokenProvider.js';

/** Authenticates calls to SparkRTC: by the token of an IAM user, or by the signature of an access key. */
export interface Authenticator {
  /** Proves the credentials by a call to the vendor, unless they are proven. A token expires, a key does not. */
  prove: () => Promise<{ expiresAt?: Date }>;
  /** Whether {@link prove} would return without a request. */
  isProven: () => boolean;
  /** Sends a request with the headers that authenticate it. */
  send: <T>(request: HttpRequest<T>) => Promise<HttpResponse<T>>;
}

/** After a rejected token the call is repeated once with a new one. */
export function tokenAuthenticator(tokens: TokenProvider, http: HttpClient): Authenticator {
  return {
    prove: () => tokens.get(),
    isProven: () => tokens.isFresh(),
    send: (request) =>
      tokens.use((token) =>
        http.request({
          ...request,
          headers: { ...request.headers, 'X-Auth-Token': token },
          secrets: [...(request.secrets ?? []), token],
        }),
      ),
  };
}

/** Signs each call. The first one is a cheap call of its own, so that many at once do not try a wrong key. */
export function keyAuthenticator(options: {
  key: ProjectAccessKey;
  /** Of SparkRTC, without a trailing slash. */
  endpoint: string;
  http: HttpClient;
  guard: CredentialGuard;
  now?: () => number;
}): Authenticator {
  const { key, endpoint, http, guard, now = Date.now } = options;
  let proven = false;

  const sendSigned = <T>(request: HttpRequest<T>) => {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return http.request({
      ...request,
      headers: signedHeaders({ ...request, body }, key, now()),
      secrets: [...(request.secrets ?? []), key.secretKey, key.securityToken ?? ''],
    });
  };

  const listOneApp = async () => {
    try {
      await sendSigned({
        call: 'SparkRTC GET /v2/apps',
        method: 'GET',
        url: `${endpoint}/v2/apps`,
        query: { offset: 0, limit: 1 },
        headers: { 'content-type': 'application/json' },
        sensitiveResponse: true,
      });
    } catch (error) {
      // A user who lacks permission for this call has signed it correctly.
      if (classifyError(error).kind !== 'permission') throw error;
    }
  };
  const proof = singleFlight(async () => {
    await guard.attempt(listOneApp);
    proven = true;
  });

  const prove = async () => {
    if (!proven) await proof();
    return {};
  };
  return {
    prove,
    isProven: () => proven,
    send: async (request) => {
      await prove();
      try {
        return await sendSigned(request);
      } catch (error) {
        // Proven again, through the guard, before the next call.
        if (classifyError(error).kind === 'authentication') proven = false;
        throw error;
      }
    },
  };
}
