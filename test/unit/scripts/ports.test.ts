import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { wantedPort } from '../../../scripts/services.js';

/** Where a browser looks for `localhost` first; not every container has it. */
const ipv6Loopback = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
  ? ['::1']
  : [];

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function occupy(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

describe('the port of a service of the demo', () => {
  it.each(['127.0.0.1', '0.0.0.0', ...ipv6Loopback])(
    'is a later one where the wanted one is taken on %s',
    async (host) => {
      const taken = await occupy(host);
      expect(await wantedPort(taken)).toBeGreaterThan(taken);
    },
  );

  it('is the wanted one where that is free', async () => {
    const port = await occupy('127.0.0.1');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await wantedPort(port)).toBe(port);
  });
});
