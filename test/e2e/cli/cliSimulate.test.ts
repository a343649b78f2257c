import { expect, it, vi } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { cli, startCli } from './cli.js';

it('runs the simulator until it receives a signal, and prints the environment that fits', async () => {
  const simulating = startCli(['simulate', '--port', '0', '--json']);
  await vi.waitUntil(() => simulating.stdout().endsWith('}\n'), { timeout: 60_000 });
  const { url, environment } = JSON.parse(simulating.stdout()) as { url: string; environment: Record<string, string> };
  expect(environment).toMatchObject({ IAM_ENDPOINT: url, SPARKRTC_ENDPOINT: url, OBS_ENDPOINT: url });

  // The doctor has that environment: the simulator takes its account.
  const examined = await cli(['doctor', '--bucket', 'obsName', '--json'], { environment });
  const { checks } = JSON.parse(examined.stdout) as { checks: { name: string; status: string }[] };
  for (const name of ['environment', 'credentials', 'bucket', 'clock', 'callback key']) {
    expect(checks).toContainEqual(expect.objectContaining({ name, status: 'pass' }));
  }

  simulating.kill('SIGINT');
  expect(await simulating.ended).toEqual({ code: 0, signal: null });
  expect(simulating.stderr()).toBe('');
  await expect(fetch(url)).rejects.toThrow();
});

it('says in one line why it cannot listen, and for people how to set the variables', async () => {
  const port = String(await freePort());
  const first = startCli(['simulate', '--port', port]);
  await vi.waitUntil(() => first.stdout().includes('Ctrl-C ends it.'), { timeout: 60_000 });
  expect(first.stdout()).toMatch(new RegExp(`^export IAM_ENDPOINT=http://127\\.0\\.0\\.1:${port}$`, 'm'));
  expect(first.stdout()).toMatch(/^export CALLBACK_AUTH_KEY=[0-9a-f]{64}$/m);

  const { code, stdout, stderr } = await cli(['simulate', '--port', port]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^The simulator cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*\\n$`));
  first.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0 });
});
