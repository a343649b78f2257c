import { BlockList, isIP, isIPv4 } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, unless `NO_PROXY` names the host. Lower case
 * comes first, as in curl. See docs/deployment.md#proxies-and-private-certificates.
 * @throws if the variable is no http:// URL; the message does not contain it, because it may have a password
 */
export function proxyFor(target: URL, environment: Environment = process.env): URL | undefined {
  const name = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = read(name, environment);
  if (value === undefined || isExempt(target, read('NO_PROXY', environment) ?? '')) return undefined;
  return parseProxy(name, value);
}

/** What is wrong with the variables, one line each. */
export function proxyProblems(environment: Environment): string[] {
  return (['HTTPS_PROXY', 'HTTP_PROXY'] as const).flatMap((name) => {
    const value = read(name, environment);
    try {
      if (value !== undefined) parseProxy(name, value);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

/** `user:password` of a proxy, decoded; undefined without. */
export function proxyCredentials({ username, password }: URL): { username: string; password: string } | undefined {
  if (username === '') return undefined;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Host and port, as in CONNECT. */
export function authorityOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

function read(name: string, environment: Environment): string | undefined {
  return environment[name.toLowerCase()]?.trim() || environment[name]?.trim() || undefined;
}

function parseProxy(name: string, value: string): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') {
    throw new Error(`${name} must be an http:// URL, such as http://proxy.example.com:3128`);
  }
  return new URL(text);
}

/** `*`, names with their subdomains, addresses and CIDR blocks, each with a port or not. */
function isExempt(target: URL, list: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = authorityOf(target).split(':').at(-1);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = entry, onlyPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (onlyPort !== undefined && onlyPort !== port) return false;
      const exempt = name.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
      return exempt === '*' || host === exempt || host.endsWith(`.${exempt}`) || isInBlock(host, exempt);
    });
}

function isInBlock(host: string, block: string): boolean {
  const [network = '', prefix] = block.split('/');
  if (prefix === undefined || !isIP(host) || isIP(host) !== isIP(network)) return false;
  const blocks = new BlockList();
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  try {
    blocks.addSubnet(network, Number(prefix), family);
  } catch {
    // No prefix length.
    return false;
  }
  return blocks.check(host, family);
}
