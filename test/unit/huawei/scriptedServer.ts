import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';

interface ReceivedRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  headers: IncomingMessage['headers'];
  /** Parsed, where it is JSON. */
  body: unknown;
  /** Counts the connections: 1 for what came over the first. */
  connection: number;
}

/** One response; gets the request, and may break the connection. */
export type Script = (response: ServerResponse, socket: Socket) => void;

interface ScriptedServer {
  url: string;
  requests: ReceivedRequest[];
  /** The next responses; a request beyond the last script gets 599. */
  respondWith(...scripts: Script[]): void;
}

/** A real HTTP server on loopback that responds as a test says. It is closed when the test is over. */
export async function scriptedServer(): Promise<ScriptedServer> {
  const scripts: Script[] = [];
  const requests: ReceivedRequest[] = [];
  const connections = new Map<Socket, number>();

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      requests.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        connection: connections.get(request.socket) ?? 0,
      });
      const script = scripts.shift() ?? json(599, { error_code: 'TEST', error_msg: 'nothing is scripted' });
      script(response, request.socket);
    });
  });
  server.on('connection', (socket) => connections.set(socket, connections.size + 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, respondWith: (...more) => void scripts.push(...more) };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'X-request-Id': 'req-1', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function text(status: number, contentType: string, body: string, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { 'Content-Type': contentType, ...headers });
    response.end(body);
  };
}

export const noContent: Script = (response) => {
  response.writeHead(204, { 'X-request-Id': 'req-1' });
  response.end();
};

export const hang: Script = () => undefined;

export const reset: Script = (_response, socket) => {
  socket.resetAndDestroy();
};

/** Begins a response and breaks the connection in the middle of the body. */
export function breakOff(status: number, beginning: string): Script {
  return (response, socket) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write(beginning, () => setImmediate(() => socket.destroy()));
  };
}

/** Begins a response and never ends it. */
export function stall(beginning: string): Script {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write(beginning);
  };
}

/** All that a log or a history could get to see of an error. */
export function everythingOf(error: unknown): string {
  const stack = error instanceof Error ? `${error.stack} ${inspect(error.cause, { depth: 10 })}` : '';
  return `${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })} ${stack}`;
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a failure, but got ${inspect(value)}`);
    },
    (error: unknown) => error,
  );
}
