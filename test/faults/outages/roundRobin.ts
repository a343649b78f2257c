import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'vitest';

/**
 * What stands before several receivers: each connection goes to the next of these ports, or to the one after it where
 * no one listens. Gone when the test is over.
 * @returns its own address
 */
export async function startRoundRobin(test: Pick<TestContext, 'onTestFinished'>, ports: number[]): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // A side that breaks takes the other one with it: below.
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  let turn = 0;
  const server = createServer((client) => {
    keep(client).pause();
    const first = turn++;
    const tryNext = (attempt: number): void => {
      const port = ports[(first + attempt) % ports.length];
      if (port === undefined || attempt === ports.length) {
        client.destroy();
        return;
      }
      const receiver = keep(connect(port, '127.0.0.1'));
      const rejected = () => tryNext(attempt + 1);
      receiver.once('error', rejected).once('connect', () => {
        receiver.off('error', rejected).pipe(client).pipe(receiver);
        receiver.once('close', () => client.destroy());
        client.once('close', () => receiver.destroy());
      });
    };
    tryNext(0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
