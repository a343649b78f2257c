import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { KnownKey, SignedRequest } from './canonicalRequest.js';
import type { Clock } from './clock.js';
import { Lockout } from './lockout.js';
import type { Settings } from './options.js';
import { parseObject } from './request.js';
import { checkSdkSignature, signingKeyOf } from './sdkSignature.js';
import { microsecondStamp } from './stamps.js';

const PASSWORD_LIMIT = { failures: 5, lockMs: 15 * 60_000 };
/** Source: "API Request Signing Guide", "Common Errors Related to IAM Authentication Information". */
const SIGNATURE_LIMIT = { failures: 5, lockMs: 5 * 60_000 };

const name = z.string().min(1);
const named = z.union([z.object({ name }), z.object({ id: name })]);
const tokenRequest = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.tuple([z.literal('password')]),
      password: z.object({ user: z.object({ name, password: name, domain: z.object({ name }) }) }),
    }),
    scope: z.union([z.object({ domain: named }), z.object({ project: named })]).optional(),
  }),
});
const securityTokenRequest = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.tuple([z.literal('token')]),
      token: z.object({ duration_seconds: z.int().min(900).max(86_400).default(900) }).prefault({}),
    }),
  }),
});

/**
 * Users, tokens and keys. Source: IAM API reference, "Obtaining a User Token Through Password Authentication" and
 * "Obtaining Temporary Access Keys".
 */
export class Iam {
  /** Every secret that was configured or issued: none may be visible outside. */
  readonly secrets = new Set<string>();
  readonly #tokens = new Map<string, { expiresAt: number; usesLeft: number }>();
  readonly #keys = new Map<string, KnownKey>();
  readonly #users: Lockout;
  readonly #signers: Lockout;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.#users = new Lockout(clock, PASSWORD_LIMIT);
    this.#signers = new Lockout(clock, SIGNATURE_LIMIT);
    this.secrets.add(settings.password);
    for (const key of settings.accessKeys) this.#learnKey({ ...key, expiresAt: Infinity });
  }

  /** Whether the token is valid for one more call. */
  useToken(token: unknown): boolean {
    const known = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    if (known === undefined || known.expiresAt <= this.clock.now() || known.usesLeft < 1) return false;
    known.usesLeft -= 1;
    return true;
  }

  /** Why the gateway rejects a request, which needs a valid token or signature; undefined if it does not. */
  authProblem(request: SignedRequest): string | undefined {
    const token = request.headers['x-auth-token'];
    if (token !== undefined) return this.useToken(token) ? undefined : 'decrypt token fail';
    const accessKey = signingKeyOf(request.headers);
    if (accessKey === undefined) return 'x-auth-token not found';
    const key = this.findKey(accessKey);
    if (key === undefined) return `Get secretKey failed,ak:${accessKey},err:ak not exist`;
    if (this.#signers.isLocked(accessKey)) return 'AK access failed to reach the limit,forbidden';
    const problem = checkSdkSignature(request, key, this.clock.wallNow());
    if (problem === undefined) this.#signers.succeeded(accessKey);
    else this.#signers.failed(accessKey);
    return problem;
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** The key pair of this access key, unless it has expired. */
  findKey(accessKey: string): KnownKey | undefined {
    const key = this.#keys.get(accessKey);
    return key && key.expiresAt > this.clock.wallNow() ? key : undefined;
  }

  routes(http: FastifyInstance): void {
    http.post('/v3/auth/tokens', (request, reply) => {
      const parsed = tokenRequest.safeParse(parseObject(request.body));
      if (!parsed.success) return iamError(reply, 400, describe(parsed.error));
      const { user } = parsed.data.auth.identity.password;
      const scope = parsed.data.auth.scope;
      if (this.#users.isLocked(user.name)) return iamError(reply, 401, 'The account is locked.');
      const { userName, password, domainName } = this.settings;
      const scopeFits = !(scope && 'domain' in scope && 'name' in scope.domain) || scope.domain.name === domainName;
      if (user.name !== userName || user.password !== password || user.domain.name !== domainName || !scopeFits) {
        this.#users.failed(user.name);
        return iamError(reply, 401, 'The username or password is wrong.');
      }
      this.#users.succeeded(user.name);

      const now = this.clock.now();
      const token = this.#secret(`MII${randomBytes(96).toString('base64url')}`);
      const expiresAt = now + this.settings.tokenLifetimeMs;
      this.#tokens.set(token, { expiresAt, usesLeft: this.settings.tokenUses });
      const domain = { id: idOf(domainName), name: domainName };
      const project = scope && 'project' in scope ? { domain, ...scope.project } : undefined;
      const wantsCatalog = (request.query as { nocatalog?: string }).nocatalog === undefined;
      return reply
        .code(201)
        .header('X-Subject-Token', token)
        .send({
          token: {
            expires_at: microsecondStamp(expiresAt),
            issued_at: microsecondStamp(now),
            methods: ['password'],
            ...(project ? { project } : { domain }),
            ...(wantsCatalog ? { catalog: [] } : {}),
            roles: [{ id: '0', name: 'te_admin' }],
            user: { domain, id: idOf(userName), name: userName, password_expires_at: '' },
          },
        });
    });

    http.post('/v3.0/OS-CREDENTIAL/securitytokens', (request, reply) => {
      if (!this.useToken(request.headers['x-auth-token'])) {
        return iamError(reply, 401, 'The request you have made requires authentication.');
      }
      const parsed = securityTokenRequest.safeParse(parseObject(request.body));
      if (!parsed.success) return iamError(reply, 400, describe(parsed.error));
      const lifetimeMs = parsed.data.auth.identity.token.duration_seconds * 1000;
      const key = this.#learnKey({
        accessKey: `HST${randomBytes(9).toString('hex').toUpperCase().slice(0, 17)}`,
        secretKey: randomBytes(30).toString('base64url'),
        sessionToken: randomBytes(96).toString('base64url'),
        expiresAt: this.clock.wallNow() + lifetimeMs,
      });
      return reply.code(201).send({
        credential: {
          access: key.accessKey,
          secret: key.secretKey,
          securitytoken: key.sessionToken,
          expires_at: microsecondStamp(this.clock.now() + lifetimeMs),
        },
      });
    });
  }

  #learnKey(key: KnownKey): KnownKey {
    this.#keys.set(key.accessKey, key);
    for (const part of [key.accessKey, key.secretKey, key.sessionToken]) if (part) this.#secret(part);
    return key;
  }

  #secret(value: string): string {
    this.secrets.add(value);
    return value;
  }
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  return `Invalid input for field '${issue?.path.join('.') ?? ''}'.`;
}

function iamError(reply: FastifyReply, code: 400 | 401, message: string) {
  return reply.code(code).send({ error: { code, message, title: code === 400 ? 'Bad Request' : 'Unauthorized' } });
}

/** A stable id of 32 digits for a name. */
function idOf(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(32, '0').slice(0, 32);
}
