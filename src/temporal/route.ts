import type { NativeConnectionOptions } from '@temporalio/worker';
import type { TemporalConfig } from '../config.js';
import { authorityOf, proxyCredentials, proxyFor } from '../network/proxy.js';
import { trustedCertificates } from '../network/trust.js';

type Connection = TemporalConfig['connection'];

const DEFAULT_ADDRESS = 'localhost:7233';

/** Temporal's address, as in messages. */
export function addressOf({ address = DEFAULT_ADDRESS }: Connection): string {
  const proxy = proxyOf({ address });
  return proxy ? `${address} through the proxy ${proxy.host}` : address;
}

/** The native client reads no variables for proxies and certificates, and takes its options. */
export function nativeOptions(connection: Connection): NativeConnectionOptions {
  const proxy = proxyOf(connection);
  if (proxy === undefined) return withTrust(connection);
  const basicAuth = proxyCredentials(proxy);
  return {
    ...withTrust(connection),
    proxy: { type: 'http-connect', targetHost: authorityOf(proxy), ...(basicAuth && { basicAuth }) },
  };
}

/** gRPC in JavaScript reads variables of its own, which the rule replaces for this process. */
export function grpcOptions(connection: Connection): Connection & { channelArgs: Record<string, number> } {
  const proxy = proxyOf(connection);
  if (proxy !== undefined) {
    process.env['grpc_proxy'] = proxy.href;
    // No host: the rule has decided already.
    process.env['no_grpc_proxy'] = '-';
  }
  return { ...withTrust(connection), channelArgs: { 'grpc.enable_http_proxy': proxy === undefined ? 0 : 1 } };
}

/** With TLS or without: gRPC's own rule takes `https_proxy` for both. */
function proxyOf({ address = DEFAULT_ADDRESS }: Pick<Connection, 'address'> & object): URL | undefined {
  return proxyFor(new URL(`https://${/:\d+$/.test(address) ? address : `${address}:7233`}`));
}

function withTrust(connection: Connection): Connection {
  const { tls } = connection;
  if (tls === undefined || tls === null || tls === false) return connection;
  const given = tls === true ? {} : tls;
  if (given.serverRootCACertificate) return connection;
  return { ...connection, tls: { ...given, serverRootCACertificate: Buffer.from(trustedCertificates()) } };
}
