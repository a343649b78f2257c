import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, vi, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { deploy } from '../support/deployment.js';
import { freePort } from '../support/freePort.js';
import { alertRules, dashboardQueries, pathOf } from './deployed.js';

const tools = inject('prometheus');
const LIMIT = { timeout: 60_000, interval: 500 };

describe.skipIf(!tools)('a real Prometheus that looks at a worker and a receiver', () => {
  let ask: <T>(path: string, query?: Record<string, string>) => Promise<T>;
  const cleanUps: (() => unknown)[] = [];

  beforeAll(async () => {
    const [workerPort, port] = [await freePort(), await freePort()];
    const context = {
      onTestFinished: (cleanUp: () => unknown) => cleanUps.push(cleanUp),
      signal: new AbortController().signal,
    } as unknown as TestContext;
    const deployment = await deploy(context, {
      faults: [{ match: 'GET /v2/apps/*/record-rules', effect: { kind: 'respond', status: 503, body: {} } }],
    });
    await deployment.startReceiver();
    await deployment.startWorker({ WORKER_METRICS_ADDRESS: `127.0.0.1:${workerPort}` });
    ask = await startPrometheus(port, {
      worker: `127.0.0.1:${workerPort}`,
      receiver: deployment.receiverUrl.slice(7),
    });
    // Rates need two looks at a series, so that something has to happen after the first.
    await untilKnown('sparkrtc_worker_recordings_total', 'sparkrtc_receiver_callbacks_total');
    const { recordings, client, input, taskQueue } = deployment;
    // No such code is there: its tasks fail.
    const stray = await client.workflow.start('noSuchWorkflow', { taskQueue, workflowId: `stray-${taskQueue}` });
    cleanUps.push(() => stray.terminate());
    for (const userId of ['user001', 'user002']) await (await recordings.start(input({ userId }))).recording.result();

    async function untilKnown(...names: string[]): Promise<void> {
      await vi.waitFor(async () => {
        for (const query of names) {
          const { result } = await ask<{ result: unknown[] }>('query', { query });
          expect(result.length, query).toBeGreaterThan(0);
        }
      }, LIMIT);
    }
    return async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    };
  });

  it.each(dashboardQueries)('the dashboard has data: $title, $expr', async ({ expr }) => {
    const query = expr.replaceAll('$__rate_interval', '5m');
    await vi.waitFor(async () => {
      const { result } = await ask<{ result: { value: [number, string] }[] }>('query', { query });
      expect(result.length).toBeGreaterThan(0);
      expect(result.some(({ value }) => Number.isFinite(Number(value[1])))).toBe(true);
    }, LIMIT);
  });

  it.each(alertRules)('$alert: every metric that it looks at is there', async ({ expr }) => {
    const names = new Set(expr.match(/\b(?:sparkrtc|temporal)_\w+/g));
    expect(names.size).toBeGreaterThan(0);
    for (const query of names) {
      await vi.waitFor(async () => {
        const { result } = await ask<{ result: unknown[] }>('query', { query });
        expect(result.length, query).toBeGreaterThan(0);
      }, LIMIT);
    }
  });

  it('the rules are loaded and can be evaluated', async () => {
    await vi.waitFor(async () => {
      const { groups } = await ask<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
      const healthy = groups.flatMap(({ rules }) => rules.filter(({ health }) => health === 'ok'));
      expect(healthy.map(({ name }) => name).sort()).toEqual(alertRules.map(({ alert }) => alert).sort());
    }, LIMIT);
  });

  async function startPrometheus(port: number, targets: { worker: string; receiver: string }): Promise<typeof ask> {
    const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
    cleanUps.push(() => rm(directory, { recursive: true, force: true }));
    await writeFile(
      join(directory, 'prometheus.yml'),
      stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [pathOf('alerts.yml')],
        // The names of the example.
        scrape_configs: Object.entries(targets).map(([role, target]) => ({
          job_name: `sparkrtc-recorder-${role}`,
          static_configs: [{ targets: [target] }],
        })),
      }),
    );
    const child = spawn(
      tools?.prometheus ?? '',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    cleanUps.push(() => {
      child.kill('SIGKILL');
      return ended;
    });
    const url = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), LIMIT);
    return async <T>(path: string, query: Record<string, string> = {}) => {
      const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
      const { data } = (await response.json()) as { data: T };
      return data;
    };
  }
});
