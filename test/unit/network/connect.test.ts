import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NotSentError } from '../../../src/huawei/errors.js';
import { HttpClient } from '../../../src/huawei/http.js';
import { ObsClient } from '../../../src/huawei/obs.js';
import { trustedCertificates } from '../../../src/network/trust.js';
import { startConnectProxy } from '../../support/connectProxy.js';
import { failureOf, json, scriptedServer } from '../huawei/scriptedServer.js';

const LISTING = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
const PLACE = { bucket: 'recordings', location: 'cn-north-4' };

function stubEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function startProxy(respond?: number | 'silent') {
  const proxy = await startConnectProxy(respond);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** An https server for a name, under an authority of its own, whose certificate is in a file. */
async function startHttps(name: string) {
  const authority = await generate([{ name: 'commonName', value: 'test CA' }], {
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  const certificate = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    ca: { key: authority.private, cert: authority.cert },
  });
  const server: Server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    if (request.url?.startsWith('/v2')) response.setHeader('content-type', 'application/json').end('{}');
    else response.setHeader('content-type', 'application/xml').end(LISTING);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const directory = await mkdtemp(join(tmpdir(), 'ca-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const ca = join(directory, 'ca.pem');
  await writeFile(ca, authority.cert);
  return { ca, port: (server.address() as AddressInfo).port };
}

function call(url: string, timeoutMs?: number) {
  const http = new HttpClient(timeoutMs === undefined ? {} : { connectTimeoutMs: timeoutMs });
  onTestFinished(() => http.close());
  return http.request({ call: 'SparkRTC GET /v2/apps', method: 'GET', url: `${url}/v2/apps` });
}

function list(endpoint: string) {
  const keys = () => Promise.resolve({ accessKey: 'AK', secretKey: 'SK' });
  const obs = new ObsClient({ endpoint, pathStyle: true, keys });
  onTestFinished(() => obs.close());
  return obs.listPage(PLACE);
}

describe('a call to the vendor', () => {
  it('goes through the proxy, to a name that only the proxy knows', async () => {
    const proxy = await startProxy();
    const server = await scriptedServer();
    const { port } = new URL(server.url);
    stubEnvironment({ HTTP_PROXY: proxy.url.replace('//', '//user:p%40ss@') });
    server.respondWith(json(200, {}), (response) => response.setHeader('content-type', 'text/xml').end(LISTING));
    expect((await call(`http://rtc.invalid:${port}`)).status).toBe(200);
    expect((await list(`http://obs.invalid:${port}`)).objects).toEqual([]);
    expect(proxy.targets).toEqual([`rtc.invalid:${port}`, `obs.invalid:${port}`]);
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(proxy.credentials).toEqual([basic, basic]);
  });

  it('goes through the proxy with TLS from end to end, and trusts the authority of NODE_EXTRA_CA_CERTS', async () => {
    const proxy = await startProxy();
    const { ca, port } = await startHttps('vendor.invalid');
    stubEnvironment({ https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: ca });
    expect((await call(`https://vendor.invalid:${port}`)).status).toBe(200);
    expect((await list(`https://vendor.invalid:${port}`)).objects).toEqual([]);
    expect(proxy.targets).toEqual([`vendor.invalid:${port}`, `vendor.invalid:${port}`]);
  });

  it('trusts the authority of SSL_CERT_FILE, and no unknown one', async () => {
    const { ca, port } = await startHttps('localhost');
    expect(await failureOf(call(`https://localhost:${port}`))).toBeInstanceOf(NotSentError);
    expect(await failureOf(list(`https://localhost:${port}`))).toBeInstanceOf(NotSentError);
    stubEnvironment({ SSL_CERT_FILE: ca });
    expect((await call(`https://localhost:${port}`)).status).toBe(200);
    expect((await list(`https://localhost:${port}`)).objects).toEqual([]);
  });

  it('goes past the proxy where NO_PROXY says so', async () => {
    const proxy = await startProxy();
    const server = await scriptedServer();
    stubEnvironment({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8' });
    server.respondWith(json(200, {}), (response) => response.setHeader('content-type', 'text/xml').end(LISTING));
    await call(server.url);
    await list(server.url);
    expect(proxy.targets).toEqual([]);
  });

  it.each([
    [407, 'responded with 407'],
    ['silent' as const, 'did not respond within'],
    ['gone' as const, 'cannot be reached: connect ECONNREFUSED'],
  ])('was not sent where the proxy does not connect: %s', async (respond, reason) => {
    const proxy = await startProxy(respond === 'gone' ? 200 : respond);
    if (respond === 'gone') proxy.close();
    stubEnvironment({ HTTP_PROXY: proxy.url });
    const failure = await failureOf(call('http://rtc.invalid', 300));
    expect(failure).toBeInstanceOf(NotSentError);
    expect((failure as Error).message).toContain(`the proxy ${new URL(proxy.url).host} ${reason}`);
    if (respond === 'silent') return;
    const listing = await failureOf(list('http://obs.invalid'));
    expect(listing).toBeInstanceOf(NotSentError);
    expect((listing as Error).message).toContain(reason);
  });
});

/** A server whose first handshake is lost: its queue is full until the client sends its SYN again, after a second. */
const SLOW_SERVER = `
import socket, time
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen(0)
port = server.getsockname()[1]
fillers = [socket.socket() for _ in range(3)]
for filler in fillers:
    filler.setblocking(False)
    filler.connect_ex(('127.0.0.1', port))
print(port, flush=True)
time.sleep(0.7)
for filler in fillers:
    filler.close()
while True:
    client, _ = server.accept()
    client.settimeout(2)
    try:
        if client.recv(4096):
            client.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nContent-Type: application/json\\r\\n\\r\\n{}')
    except OSError:
        pass
`;

it.runIf(process.platform === 'linux')('waits for a slow handshake where the other address has no route', async () => {
  const server = spawn('python3', ['-c', SLOW_SERVER]);
  onTestFinished(() => void server.kill());
  const [output] = (await once(server.stdout, 'data')) as [Buffer];
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ];
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation((...parameters: unknown[]) => {
    (parameters.at(-1) as (error: null, all: typeof addresses) => void)(null, addresses);
  });
  onTestFinished(() => lookup.mockRestore());
  expect((await call(`http://vendor.invalid:${Number(output)}`)).status).toBe(200);
});

it('names the variable of a certificate file that cannot be read', () => {
  expect(() => trustedCertificates({ NODE_EXTRA_CA_CERTS: '/nowhere' })).toThrow(
    'NODE_EXTRA_CA_CERTS cannot be read: ENOENT',
  );
});
