import { z } from 'zod';
import { UnreadableAnswerError } from './errors.js';
import type { HttpResponse, HttpClient } from './http.js';

/** The IAM user in whose name everything is done. */
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

/** An access key that lives for a while, for signing calls to OBS. */
export interface TemporaryKeys {
  accessKey: string;
  secretKey: string;
  securityToken: string;
  /** By our clock. */
  expiresAt: Date;
}

/** Seconds that temporary keys live: the vendor allows 900 to 86,400. */
const KEY_LIFETIME = 3_600;

/** The vendor writes microseconds, `2020-01-04T09:05:22.701000Z`. */
const time = z.string().pipe(z.coerce.date('is no time'));

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
   * Gets a token for the whole account by the password; it usually lives 24 hours. A wrong password must not be tried
   * again: after a few the vendor locks the account for 15 minutes.
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
      // The catalogue of all services is 30 kB that nobody reads.
      query: { nocatalog: 1 },
      body: {
        auth: {
          identity: { methods: ['password'], password: { user } },
          scope: { domain: user.domain },
        },
      },
      schema: tokenResponse,
      secrets: [password],
      secretResponse: true,
    });
    const token = response.headers['x-subject-token'];
    if (typeof token !== 'string' || token === '') {
      const what = `${call} was answered ${response.status} without an X-Subject-Token header.`;
      throw new UnreadableAnswerError(what, { call, ...response });
    }
    return { token, expiresAt: onOurClock(response.data.token.expires_at, response) };
  }

  /**
   * Temporary keys with the rights of the token's user, for one hour.
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
      secretResponse: true,
    });
    const { access, secret, securitytoken, expires_at } = response.data.credential;
    const expiresAt = onOurClock(expires_at, response);
    return { accessKey: access, secretKey: secret, securityToken: securitytoken, expiresAt };
  }
}

/**
 * The vendor's clock need not agree with ours: what counts is how long after its own `Date` a time lies. That is added
 * to when the request was sent, so that the result is early rather than late.
 */
function onOurClock(time: Date, { date, sentAtMs }: HttpResponse<unknown>): Date {
  return date === undefined ? time : new Date(sentAtMs + time.getTime() - date);
}
