import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { authorityOf, proxyCredentials, proxyFor } from './proxy.js';
import { trustedCertificates } from './trust.js';

/**
 * Node gives each address of a host 250 ms to connect, except the last one. If that is of IPv6 and has no route, a
 * slow network is never reached.
 */
const ADDRESS_TIMEOUT_MS = 2_000;

const CONNECT_TIMEOUT_MS = 5_000;

/** Connections of undici by the rule for proxies and certificates. @param timeoutMs of each attempt; default 5,000 */
export function createConnector(timeoutMs = CONNECT_TIMEOUT_MS): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    secureContext: trustContext(),
  });
  return (target, callback) => {
    const url = new URL(`${target.protocol}//${target.hostname}${target.port && `:${target.port}`}`);
    throughProxy(url, timeoutMs).then(
      (tunnel) => {
        if (tunnel === undefined) connect(target, callback);
        else if (target.protocol === 'https:') connect({ ...target, httpSocket: tunnel }, callback);
        else callback(null, tunnel);
      },
      (error: Error) => callback(error, null),
    );
  };
}

let trusted: { ca: string; context: SecureContext } | undefined;

/** Shared by all connections: parsing some 150 certificates takes more than 50 ms. */
function trustContext(): SecureContext {
  const ca = trustedCertificates();
  if (trusted?.ca !== ca) trusted = { ca, context: createSecureContext({ ca }) };
  return trusted.context;
}

/** For single requests. */
export function createAgent(): Agent {
  return new Agent({ connect: createConnector() });
}

/** The same rule for clients on Node's own HTTP. */
export function createNodeAgents(): { httpAgent: http.Agent; httpsAgent: https.Agent } {
  const options = {
    keepAlive: true,
    maxSockets: 50,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
  };
  return {
    httpAgent: tunnelling(new http.Agent(options), 'http:'),
    httpsAgent: tunnelling(new https.Agent({ ...options, secureContext: trustContext() }), 'https:'),
  };
}

type Callback = (error: Error | null, socket?: unknown) => void;
type Connect = (options: Record<string, unknown>, callback?: Callback) => unknown;

/** An agent whose connections go through the proxy of their target, if it has one. */
function tunnelling<A extends http.Agent>(agent: A, protocol: string): A {
  const patched = agent as unknown as { createConnection: Connect };
  const direct = patched.createConnection.bind(agent);
  patched.createConnection = (options, callback = () => undefined) => {
    const { host, port } = options as { host: string; port: number };
    const url = new URL(`${protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`);
    if (proxyFor(url) === undefined) return direct(options, callback);
    throughProxy(url, CONNECT_TIMEOUT_MS).then(
      (socket) => callback(null, protocol === 'https:' ? direct({ ...options, socket }) : socket),
      callback,
    );
    return undefined;
  };
  return agent;
}

/** A connection to the target by way of its proxy; undefined if it has none. */
async function throughProxy(target: URL, timeoutMs: number): Promise<Socket | undefined> {
  const proxy = proxyFor(target);
  if (proxy === undefined) return undefined;
  const authority = authorityOf(target);
  const credentials = proxyCredentials(proxy);
  const basic = Buffer.from(`${credentials?.username}:${credentials?.password}`).toString('base64');
  const failed = (reason: string) =>
    Object.assign(new Error(`the proxy ${proxy.host} ${reason}`), { code: 'ERR_PROXY_TUNNEL' });
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(credentials && { 'proxy-authorization': `Basic ${basic}` }) },
      agent: false,
    });
    const timer = setTimeout(() => request.destroy(failed(`did not respond within ${timeoutMs} ms`)), timeoutMs);
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === 'ERR_PROXY_TUNNEL' ? error : failed(`cannot be reached: ${error.message}`));
    });
    request.once('connect', ({ statusCode }, socket) => {
      clearTimeout(timer);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(failed(`responded with ${statusCode}`));
    });
    request.end();
  });
}
