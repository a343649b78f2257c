import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ConnectProxy {
  /** `http://127.0.0.1:port`. */
  url: string;
  /** What was asked for by CONNECT, `host:port`. */
  targets: string[];
  /** The `Proxy-Authorization` of each. */
  credentials: (string | undefined)[];
  close: () => void;
}

/** A proxy that connects every host to loopback, so that only its clients can reach a name that does not exist. */
export async function startConnectProxy(respond: number | 'silent' = 200): Promise<ConnectProxy> {
  const targets: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  server.on('connect', (request, client: Socket) => {
    targets.push(request.url ?? '');
    credentials.push(request.headers['proxy-authorization']);
    if (respond === 'silent') return;
    if (respond !== 200) return void client.end(`HTTP/1.1 ${respond} No\r\nContent-Length: 0\r\n\r\n`);
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream.on('error', () => client.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    credentials,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
