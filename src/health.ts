import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseListenAddress } from './listening.js';

export interface Health {
  /** Until then the response is 503. */
  ready: () => void;
}

/**
 * `GET /healthz`, for probes: the event loop responds, so that no response means that it is stuck. It keeps no process
 * alive.
 * @param address `host:port`, or `:port` for all addresses
 * @throws if it cannot listen there
 */
export async function serveHealth(address: string): Promise<Health> {
  let isReady = false;
  const server = createServer(({ method, url }, response) => {
    const isKnown = (method === 'GET' || method === 'HEAD') && url === '/healthz';
    const [status, body] = !isKnown ? [404, 'notFound'] : isReady ? [200, 'ok'] : [503, 'starting'];
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ status: body }));
  });
  await once(server.listen(parseListenAddress(address)).unref(), 'listening');
  return { ready: () => (isReady = true) };
}
