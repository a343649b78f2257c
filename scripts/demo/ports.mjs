// @ts-check
import { createServer } from 'node:net';

/** How many ports after the wanted one are tried. */
const ATTEMPTS = 100;

/**
 * The wanted port, or the next one that is free on every address of this machine.
 * @param {number} wanted
 * @param {ReadonlySet<number>} [taken] ports that are promised to somebody else already
 * @returns {Promise<number>}
 */
export async function freePort(wanted, taken = new Set()) {
  for (let port = wanted; port < wanted + ATTEMPTS; port += 1) {
    if (!taken.has(port) && (await isFree(port, '127.0.0.1')) && (await isFree(port))) return port;
  }
  throw new Error(`None of the ports ${wanted} to ${wanted + ATTEMPTS - 1} is free.`);
}

/**
 * @param {number} port
 * @param {string} [host] every address, of both families, unless given; macOS lets one listen there beside another on 127.0.0.1
 * @returns {Promise<boolean>}
 */
function isFree(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
