import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { Simulator } from '../../../simulator/simulator.js';
import { SEED } from './seed.js';

/** Unlike the seed's own, a word that is found nowhere else. */
export const PASSWORD = 'canary-password-31c5';

/** A simulator that knows the seed's user and is stopped when the test is over. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start({ password: PASSWORD, ...options });
  onTestFinished(() => simulator.stop());
  return simulator;
}

/** The fields of the vendor's responses that the tests read; each response has some of them. */
export interface Body {
  app_id: string;
  rule_id: string;
  job_id: string;
  stream_name: string;
  state: unknown;
  stop_reason: string;
  create_time: string;
  stop_time: string;
  count: number;
  apps: { app_name: string }[];
  rules: { mp4_config: Record<string, unknown> }[];
  hls_config: object;
  record_callback: Record<string, unknown>;
  buckets: { creation_date: string }[];
  objects: object[];
  token: { issued_at: string; expires_at: string; catalog: unknown };
  credential: { access: string; secret: string; securitytoken: string; expires_at: string };
  error: { code: number; message: string; title: string };
  error_code: string;
  error_msg: string;
}

export interface VendorResponse {
  status: number;
  headers: Headers;
  /** Undefined where it is no JSON. */
  body: Body;
  text: string;
}

/** A copy of a request with one field, named by its path, set to another value; `undefined` takes it away. */
export function withField(request: object, path: string, value: unknown): object {
  const [name = '', ...rest] = path.split('.');
  const old = (request as Record<string, unknown>)[name];
  const isParent = typeof old === 'object' && old !== null;
  return { ...request, [name]: rest.length === 0 ? value : withField(isParent ? old : {}, rest.join('.'), value) };
}

export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<VendorResponse> {
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers: { ...type, ...headers }, ...content });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : undefined) as Body,
    text,
  };
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<VendorResponse>;

export const TOKEN_REQUEST = withField(SEED.tokenRequest, 'auth.identity.password.user.password', PASSWORD);

/** Calls below `/v2` with a token of the seed's user. */
export async function signIn(simulator: Simulator): Promise<Call> {
  const { headers } = await send(`${simulator.url}/v3/auth/tokens`, 'POST', TOKEN_REQUEST);
  const token = headers.get('x-subject-token') ?? '';
  return (method, path, body, extra = {}) =>
    send(`${simulator.url}${path}`, method, body, {
      ...{ 'content-type': 'application/json', 'x-auth-token': token },
      ...extra,
    });
}

export interface Prepared {
  call: Call;
  appId: string;
  ruleId: string;
  /** `/v2/apps/{app_id}/individual-stream-jobs` */
  jobs: string;
  startJob: (fields?: object) => Promise<VendorResponse>;
}

/** An application with the seed's rule, and with a callback where a URL is given. */
export async function prepare(simulator: Simulator, callbackUrl?: string, rule: object = {}): Promise<Prepared> {
  const call = await signIn(simulator);
  const app = await call('POST', '/v2/apps', SEED.appRequest);
  const { app_id: appId } = app.body;
  const response = await call('POST', `/v2/apps/${appId}/record-rules`, { ...SEED.ruleRequest, ...rule });
  // Some examples of the vendor show ids as numbers; requests have strings.
  const ruleId = String(response.body.rule_id);
  if (callbackUrl !== undefined) {
    await call('PUT', `/v2/apps/${appId}/record-callback`, { ...SEED.callbackRequest, url: callbackUrl });
  }
  const jobs = `/v2/apps/${appId}/individual-stream-jobs`;
  const startJob = (fields: object = {}) =>
    call('POST', jobs, { ...SEED.jobRequest, record_param: { record_rule_id: ruleId }, ...fields });
  return { call, appId, ruleId, jobs, startJob };
}

export type ReceivedEvent = { event_type?: string } & Record<string, unknown>;

export interface ReceivedCallback {
  method: string;
  headers: IncomingHttpHeaders;
  raw: string;
  event: ReceivedEvent;
}

/** A receiver that responds with the given statuses, then with 200, after a pause; `events` leaves out the probe. */
export async function startReceiver(statuses: number[] = [], pauseMs = 0) {
  const received: ReceivedCallback[] = [];
  const left = [...statuses];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      const event = (raw === '' ? {} : JSON.parse(raw)) as ReceivedEvent;
      received.push({ method: request.method ?? '', headers: request.headers, raw, event });
      const status = left.shift() ?? 200;
      setTimeout(
        () => response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":1}'),
        pauseMs,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const events = () => received.filter(({ event }) => event.event_type !== undefined);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received,
    events,
    types: () => events().map(({ event }) => event.event_type),
  };
}
