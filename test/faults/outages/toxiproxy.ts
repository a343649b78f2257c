import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, vi, type TestContext } from 'vitest';
import type { Link } from '../../support/deployment.js';
import { freePort } from '../../support/freePort.js';

interface Toxic {
  type: string;
  stream: 'upstream' | 'downstream';
  attributes: Record<string, number>;
}

/** The ways in which a network fails; `upstream` is the way of the requests. */
const CUTS = {
  /** Every connection, old and new, breaks at once. */
  reset: ['upstream', 'downstream'].map((stream) => ({ type: 'reset_peer', stream, attributes: { timeout: 0 } })),
  /** Whatever is sent, either way, vanishes; the connections stay open. */
  silent: ['upstream', 'downstream'].map((stream) => ({ type: 'timeout', stream, attributes: { timeout: 0 } })),
  /** Requests arrive, their responses vanish. */
  noResponse: [{ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } }],
  /** Requests arrive at once, their responses late, but in time. */
  late: [{ type: 'latency', stream: 'downstream', attributes: { latency: 1_500 } }],
  /** Late and a trickle, so that most calls are given up before their response comes. */
  slow: ['upstream', 'downstream'].flatMap((stream) => [
    { type: 'latency', stream, attributes: { latency: 1_500, jitter: 500 } },
    { type: 'bandwidth', stream, attributes: { rate: 2 } },
  ]),
} as Record<string, Toxic[]>;

export type Cut = 'reset' | 'silent' | 'noResponse' | 'late' | 'slow';

export interface Network {
  /** Puts a proxy on the link, for {@link deploy}; returns the proxy's address. */
  through: (link: Link, address: string) => Promise<string>;
  cut: (link: Link, how: Cut) => Promise<void>;
  /** Every link is whole again; connections that had been cut are closed. */
  restore: () => Promise<void>;
}

/**
 * A Toxiproxy of the test's own, by its HTTP API. Gone when the test is over. Source: Toxiproxy's README, "HTTP API"
 */
export async function startNetwork(test: Pick<TestContext, 'onTestFinished'>): Promise<Network> {
  const port = await freePort();
  const server = spawn(inject('toxiproxy'), ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' });
  const exited = once(server, 'exit');
  test.onTestFinished(async () => {
    server.kill('SIGKILL');
    await exited;
  });
  const origin = `http://127.0.0.1:${port}`;
  await vi.waitFor(() => fetch(`${origin}/version`), { timeout: 60_000, interval: 50 });

  async function post(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${origin}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`Toxiproxy rejected ${path}: ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  return {
    through: async (link, upstream) => {
      const proxy = (await post('/proxies', { name: proxyOf(link), listen: '127.0.0.1:0', upstream })) as {
        listen: string;
      };
      return proxy.listen;
    },
    cut: async (link, how) => {
      for (const [index, toxic] of (CUTS[how] ?? []).entries()) {
        await post(`/proxies/${proxyOf(link)}/toxics`, { name: `${how}-${index}`, ...toxic });
      }
    },
    restore: async () => void (await post('/reset', {})),
  };
}

const proxyOf = (link: Link): string => link.replaceAll(' ', '-');
