import { fastify } from 'fastify';
import type { Payload } from '@temporalio/common';
import { codec } from './aesGcmCodec.js';

/*
 * A codec server: Temporal's Web UI and CLI send it what they cannot read. Whoever reaches it can decrypt: put it
 * behind the login of those who may.
 *
 *   PAYLOAD_KEYS=… WEB_UI_ORIGIN=http://localhost:8233 node .cache/examples/payload-codec/codecServer.js
 *   temporal workflow show --codec-endpoint http://localhost:8888 …
 *
 * See https://docs.temporal.io/production-deployment/data-encryption
 */

/** Protobuf's JSON has bytes in base64. */
interface JsonPayload {
  metadata?: Record<string, string>;
  data?: string;
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64');
const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function mapped<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

const fromJson = ({ metadata = {}, data = '' }: JsonPayload): Payload => ({
  metadata: mapped(metadata, fromBase64),
  data: fromBase64(data),
});

const toJson = ({ metadata, data }: Payload): JsonPayload => ({
  metadata: mapped(metadata ?? {}, toBase64),
  data: toBase64(data ?? new Uint8Array()),
});

const { WEB_UI_ORIGIN = 'http://localhost:8233', PORT = '8888' } = process.env;
const server = fastify();

server.addHook('onRequest', async (request, reply) => {
  // No other page may use the login of whoever looks at this one.
  reply.header('access-control-allow-origin', WEB_UI_ORIGIN);
  reply.header('access-control-allow-headers', 'content-type,x-namespace');
  if (request.method === 'OPTIONS') await reply.status(204).send();
});
server.options('/*', () => undefined);

server.post<{ Body: { payloads: JsonPayload[] } }>('/decode', async ({ body }) => ({
  payloads: (await codec.decode(body.payloads.map(fromJson))).map(toJson),
}));
server.post<{ Body: { payloads: JsonPayload[] } }>('/encode', async ({ body }) => ({
  payloads: (await codec.encode(body.payloads.map(fromJson))).map(toJson),
}));

console.log(`codec server at ${await server.listen({ host: '127.0.0.1', port: Number(PORT) })}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.close());
