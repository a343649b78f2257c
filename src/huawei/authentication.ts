import { keyAuthenticator, tokenAuthenticator } from './authenticator.js';
import type { CredentialGuard } from './credentialGuard.js';
import type { HttpClient } from './http.js';
import { IamClient, type IamCredentials } from './iam.js';
import { temporaryKeys } from './obsCredentials.js';
import type { AccessKey, ProjectAccessKey } from './sdkSignature.js';
import { TokenProvider } from './tokenProvider.js';

/**
 * One of: an IAM user, whose tokens give temporary keys for OBS; an IAM user, and keys for OBS; keys and a project,
 * which sign the calls to SparkRTC too.
 */
export type HuaweiCredentials = IamCredentials | (IamCredentials & AccessKey) | ProjectAccessKey;

/** Our credentials, and the endpoints that they are for. */
export interface HuaweiAccount {
  credentials: HuaweiCredentials;
  /** Unused without an IAM user. */
  iamEndpoint: string;
  sparkRtcEndpoint: string;
}

/** Authenticates calls to SparkRTC, and has the keys of OBS, for the kind of credentials that there are. */
export function authentication(account: HuaweiAccount, http: HttpClient, guard: CredentialGuard) {
  const { credentials, iamEndpoint, sparkRtcEndpoint: endpoint } = account;
  if ('projectId' in credentials) {
    const authenticator = keyAuthenticator({ key: credentials, endpoint, http, guard });
    return { authenticator, keys: () => Promise.resolve(credentials) };
  }
  const iam = new IamClient({ endpoint: iamEndpoint, credentials, http });
  const tokens = new TokenProvider({ issue: () => guard.attempt(() => iam.issueToken()) });
  const authenticator = tokenAuthenticator(tokens, http);
  if ('accessKey' in credentials) return { authenticator, keys: () => Promise.resolve(credentials) };
  return { authenticator, keys: temporaryKeys({ iam, tokens }) };
}
