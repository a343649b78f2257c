import { z } from 'zod';
import { InvalidResponseError } from './errors.js';
import type { HttpResponse, HttpClient } from './http.js';

/** The IAM user that makes all calls. */
export interface IamCredentials {
  userName: string;
  password: string;
  domainName: string;
}

export interface Token {
  token: string;
  /** By our clock. */
  expiresAt: Date;
}

/** A temporary access key for signing calls to OBS. */
export interface TemporaryKeys {
  accessKey: string;
  secretKey: string;
  securityToken: string;
  /** By our clock. */
  expiresAt: Date;
}

/** Seconds; the vendor allows 900 to 86,400. */
const KEY_LIFETIME = 3_600;

/** With microseconds: `2020-01-04T09:05:22.701000Z`. */
const time = z.string().pipe(z.coerce.date('must be a time'));

const tokenResponse = z.object({ token: z.object({ expires_at: time }) });

const keysResponse = z.object({
  credential: z.object({
    access: z.string().min(1),
    secret: z.string().min(1),
    securitytoken: z.string().min(1),
    expires_at: time,
  }),
});

/** Huawei Cloud's Identity and Access Management: tokens for SparkRTC, temporary keys for OBS. */
export class IamClient {
  /** @param options `endpoint` without a trailing slash */
  constructor(private readonly options: { endpoint: string; credentials: IamCredentials; http: HttpClient }) {}

  /**
   * Gets a token for the whole account by password, usually valid for 24 hours.
   * Source: IAM API reference, "Obtaining a User Token Through Password Authentication".
   */
  async issueToken(): Promise<Token> {
    const { endpoint, credentials, http } = this.options;
    const { userName, password, domainName } = credentials;
    const user = { name: userName, password, domain: { name: domainName } };
    const call = 'IAM POST /v3/auth/tokens';
    const response = await http.request({
      call,
      method: 'POST',
      url: `${endpoint}/v3/auth/tokens`,
      // The catalog of all services, 30 kB, is not needed.
      query: { nocatalog: 1 },
      body: { auth: { identity: { methods: ['password'], password: { user } }, scope: { domain: user.domain } } },
      schema: tokenResponse,
      secrets: [password],
      sensitiveResponse: true,
    });
    const token = response.headers['x-subject-token'];
    if (typeof token !== 'string' || token === '') {
      const what = `${call} returned ${response.status} without an X-Subject-Token header.`;
      throw new InvalidResponseError(what, { call, ...response });
    }
    return { token, expiresAt: onOurClock(response.data.token.expires_at, response) };
  }

  /**
   * Temporary keys with the permissions of the token's user, for one hour.
   * Source: IAM API reference, "Obtaining a Temporary Access Key and Security Token Through a Token".
   */
  async issueTemporaryKeys(token: string): Promise<TemporaryKeys> {
    const { endpoint, http } = this.options;
    const response = await http.request({
      call: 'IAM POST /v3.0/OS-CREDENTIAL/securitytokens',
      method: 'POST',
      url: `${endpoint}/v3.0/OS-CREDENTIAL/securitytokens`,
      headers: { 'X-Auth-Token': token },
      body: { auth: { identity: { methods: ['token'], token: { duration_seconds: KEY_LIFETIME } } } },
      schema: keysResponse,
      secrets: [token],
      sensitiveResponse: true,
    });
    const {
      access: accessKey,
      secret: secretKey,
      securitytoken: securityToken,
      expires_at,
    } = response.data.credential;
    return { accessKey, secretKey, securityToken, expiresAt: onOurClock(expires_at, response) };
  }
}

/** The vendor's clock may differ from ours: the lifetime by its own `Date` counts from when the request was sent. */
function onOurClock(time: Date, { date, sentAtMs }: HttpResponse<unknown>): Date {
  return date === undefined ? time : new Date(sentAtMs + time.getTime() - date);
}
