import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'vitest';

export interface ForgetfulNetwork {
  /** Its own address, to be used instead of the target's. */
  address: string;
  /** What was connected so far hears nothing any more, and no one tells; new connections are as good as ever. */
  forget: () => void;
}

/**
 * As a load balancer or a NAT that was replaced: it knows nothing of the connections of its predecessor. Gone when the
 * test is over.
 */
export async function startForgetfulNetwork(
  test: Pick<TestContext, 'onTestFinished'>,
  target: string,
): Promise<ForgetfulNetwork> {
  const [host = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => [near, far].forEach((side) => side.destroy()));
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    forget: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
