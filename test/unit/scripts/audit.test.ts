import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../support/freePort.js';

/** A registry that knows of these advisories, or answers the question with this status. */
async function startRegistry(answer: number | object): Promise<string> {
  const registry = createServer((request, response) => {
    void buffer(request).then(() => {
      if (request.method !== 'POST') return response.writeHead(404).end('{}');
      if (typeof answer === 'number') return response.writeHead(answer).end();
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void registry.close().closeAllConnections());
  await once(registry, 'listening');
  return `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
}

async function audit(registry: string) {
  const script = join(import.meta.dirname, '../../../scripts/audit.mjs');
  const child = spawn(process.execPath, [script], { env: { ...process.env, npm_config_registry: registry } });
  const [[code], output] = await Promise.all([once(child, 'close') as Promise<[number]>, text(child.stdout)]);
  return { code, output };
}

const advisory = (severity: string) => ({
  id: 1,
  title: 'Anybody may do anything',
  url: 'https://example.com/advisory',
  severity,
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 9, vectorString: null },
});

it('fails for a package that is vulnerable, and names it', async () => {
  const { code, output } = await audit(await startRegistry({ pino: [advisory('high')] }));
  expect(code).toBe(1);
  expect(output).toContain('vulnerable: pino (high): Anybody may do anything (https://example.com/advisory)');
});

it('passes what is less severe, and counts it', async () => {
  const { code, output } = await audit(await startRegistry({ ms: [advisory('moderate')] }));
  expect([code, output]).toEqual([0, expect.stringMatching(/^audited: 0 vulnerable, [1-9]\d* less severe\n$/)]);
});

it('passes where nothing is known', async () => {
  expect(await audit(await startRegistry({}))).toEqual({ code: 0, output: 'audited: 0 vulnerable, 0 less severe\n' });
});

it.each([405, 404])('says that nothing was audited where the registry answers %i', async (status) => {
  const { code, output } = await audit(await startRegistry(status));
  expect([code, output]).toEqual([0, expect.stringMatching(new RegExp(`^NOT AUDITED: .*${status}`))]);
});

it('says that nothing was audited where there is no registry', async () => {
  const { code, output } = await audit(`http://127.0.0.1:${await freePort()}/`);
  expect([code, output]).toEqual([0, expect.stringMatching(/^NOT AUDITED: .*ECONNREFUSED/)]);
});
