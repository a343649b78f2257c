import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 on macOS): one of those
// may be taken again before it is listened on.
const FIRST = 20_000;
const LAST = 32_000;

/** A port of 127.0.0.1 that is free now, and that no one is given who does not request it by its number. */
export async function freePort(): Promise<number> {
  const port = randomInt(FIRST, LAST);
  const server = createServer();
  const free = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
  return free ? port : freePort();
}
