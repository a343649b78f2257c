import { once } from 'node:events';
import { connect, createSecureServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, type SelfsignedOptions } from 'selfsigned';
import type { TestContext } from 'vitest';

/** gRPC's code for a caller who is not known. */
const UNAUTHENTICATED = '16';

export interface TlsFront {
  address: string;
  /** Files, as TEMPORAL_TLS_* want them. */
  serverCa: string;
  clientCert: string;
  clientKey: string;
  /** How many calls it has let through. */
  calls: () => number;
}

function certificate(
  commonName: string,
  extensions: NonNullable<SelfsignedOptions['extensions']>,
  ca?: NonNullable<SelfsignedOptions['ca']>,
) {
  const signer = ca ? { ca } : {};
  return generate([{ name: 'commonName', value: commonName }], { algorithm: 'sha256', extensions, ...signer });
}

/**
 * A proxy before a Temporal server, like Temporal Cloud's: TLS only, and access only with an API key, or only with a
 * client's certificate.
 * @param temporal `host:port`, without TLS
 */
export async function startTlsFront(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  temporal: string,
  demands: { apiKey: string } | { clientCertificate: true },
): Promise<TlsFront> {
  const authority = await certificate('sparkrtc-recorder test CA', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
  ]);
  const ca = { key: authority.private, cert: authority.cert };
  const server = await certificate(
    'localhost',
    [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
    ca,
  );
  const client = await certificate('worker', [{ name: 'extKeyUsage', clientAuth: true }], ca);
  const directory = await mkdtemp(join(tmpdir(), 'tls-'));
  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };

  const upstream = connect(`http://${temporal}`);
  // A call that fails has its own error.
  upstream.on('error', () => undefined);
  const authorization = 'apiKey' in demands ? `Bearer ${demands.apiKey}` : undefined;
  let calls = 0;
  const front = createSecureServer({
    key: server.private,
    cert: server.cert,
    ca: authority.cert,
    requestCert: authorization === undefined,
    rejectUnauthorized: authorization === undefined,
  });
  const sessions = new Set<{ destroy: () => void }>();
  front.on('session', (session) => {
    sessions.add(session.on('error', () => undefined));
  });
  front.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (authorization !== undefined && headers.authorization !== authorization) {
      const rejection = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'Request unauthorized.' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...rejection }, { endStream: true });
      return;
    }
    calls += 1;
    let trailers: IncomingHttpHeaders = {};
    const call = upstream.request(headers).on('error', () => stream.close());
    call.on('trailers', (sent: IncomingHttpHeaders) => {
      trailers = sent;
    });
    call.on('response', (headers) => {
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.respond(headers, { waitForTrailers: true });
      call.pipe(stream);
    });
    stream.on('close', () => call.close());
    stream.pipe(call);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  onTestFinished(async () => {
    for (const session of sessions) session.destroy();
    front.close();
    upstream.destroy();
    await rm(directory, { recursive: true });
  });
  return {
    // By its name: that is what its certificate says.
    address: `localhost:${(front.address() as AddressInfo).port}`,
    serverCa: await file('ca.pem', authority.cert),
    clientCert: await file('client.pem', client.cert),
    clientKey: await file('client.key', client.private),
    calls: () => calls,
  };
}
