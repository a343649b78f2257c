import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { parseJson } from '../contract/json.js';
import type { Time } from './time.js';

/** A request to the callback URL, as it arrived. */
export interface Received {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Undefined for a probe. */
  event?: Record<string, unknown>;
  at: number;
  /** When we responded, or the vendor gave up. */
  endedAt?: number;
  /** Whether the vendor gave up before our response. */
  abandoned?: boolean;
}

interface ListenerOptions {
  /** The last segment of the URL. */
  name: string;
  /** The longest time without a response. */
  patienceMs: number;
  time: Time;
}

/** Receives callbacks and keeps them; what it responds shows how the vendor reacts. */
export class Listener {
  readonly received: Received[] = [];
  /** The response to what is no event. */
  probeStatus = 200;
  /** The first event: its body. The vendor gets no response, and none but 500 to its repetitions. */
  private held: string | undefined;

  private constructor(
    private readonly server: Server,
    private readonly options: ListenerOptions,
  ) {}

  static async start(options: ListenerOptions & { host: string; port: number }): Promise<Listener> {
    const { time } = options;
    const server = createServer();
    const listener = new Listener(server, options);
    server.on('request', (request, response) => {
      // Another application's callback: the vendor may send it again to the receiver.
      if (!request.url?.split('?')[0]?.endsWith(`/${options.name}`)) {
        response.writeHead(503, { 'retry-after': '60' }).end();
        return;
      }
      const { method = '', headers } = request;
      const at = time.now();
      buffer(request).then(
        (bytes) => {
          const body = bytes.toString();
          const received: Received = { method, headers, body, ...eventOf(body), at };
          listener.received.push(received);
          const respond = (status: number) => {
            received.endedAt = time.now();
            response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
          };
          if (!received.event) return respond(listener.probeStatus);
          const isFirst = listener.held === undefined;
          listener.held ??= body;
          if (!isFirst) return respond(listener.held === body ? 500 : 200);
          const cancel = time.after(options.patienceMs, () => respond(500));
          response.once('close', () => {
            cancel();
            received.abandoned = received.endedAt === undefined;
            received.endedAt ??= time.now();
          });
        },
        // The vendor's connection was lost: it sends the callback again.
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.host, port: options.port }, resolve);
    });
    return listener;
  }

  get probes(): Received[] {
    return this.received.filter(({ event }) => event === undefined);
  }

  get events(): Received[] {
    return this.received.filter(({ event }) => event !== undefined);
  }

  /** Every sending of the first event. */
  get repetitions(): Received[] {
    return this.received.filter(({ body, event }) => event !== undefined && body === this.held);
  }

  /** Whether nothing has come for so long, and no response is owed. */
  isQuiet(ms: number, since: number): boolean {
    const last = Math.max(since, ...this.received.map(({ at, endedAt }) => endedAt ?? at));
    return this.received.every(({ endedAt }) => endedAt !== undefined) && this.options.time.now() - last >= ms;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

function eventOf(body: string): { event?: Record<string, unknown> } {
  try {
    const json = parseJson(body);
    const isEvent = typeof json === 'object' && json !== null && 'event_type' in json;
    return isEvent ? { event: json } : {};
  } catch {
    return {};
  }
}
