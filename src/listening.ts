import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** All addresses of this machine: `::` takes IPv4 too, and fails only where the system has no IPv6 at all. */
export function everyAddress(): '::' | '0.0.0.0' {
  const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === 'IPv6'),
  );
  return hasIPv6 ? '::' : '0.0.0.0';
}

const ADDRESS = /^(?:\[([\da-f:.]+)\]|([^\s:/[\]]*)):(\d{1,5})$/i;

/** `host:port`, or `:port` for all addresses. */
export function isListenAddress(address: string): boolean {
  return Number(ADDRESS.exec(address)?.[3] ?? NaN) <= 65_535;
}

/** The parts of such an address. */
export function parseListenAddress(address: string): { host: string; port: number } {
  const [, ipv6, name, port] = ADDRESS.exec(address) ?? [];
  return { host: ipv6 ?? (name || everyAddress()), port: Number(port) };
}

/** The address as the SDK's native part wants it: an IP address, in brackets for IPv6, and a port. */
export async function resolveListenAddress(address: string): Promise<string> {
  const { host, port } = parseListenAddress(address);
  const ip = isIP(host) ? host : (await lookup(host)).address;
  return `${isIP(ip) === 6 ? `[${ip}]` : ip}:${port}`;
}
