import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** How long a client may take to read the response and close the connection. */
const LINGER_MS = 1_000;

const STATUS_BY_CODE: Partial<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Responds to a request that Node could not parse, and closes its connection with `Connection: close`, not at once: a
 * proxy may use it for the next callback, which would be lost.
 */
export function rejectClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // The parser fails again for each further chunk of the request.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE[error.code ?? ''] ?? 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Until then, incoming data is read: unread data would turn the close into a reset.
  const lingering = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(lingering));
}
