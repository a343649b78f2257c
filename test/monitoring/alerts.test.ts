import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { alertRules, pathOf } from './deployed.js';

const run = promisify(execFile);
const tools = inject('prometheus');

/** Series in promtool's words, a value each minute: `0+1x30` goes up by one, thirty times. */
type Series = Record<string, string>;

interface Case {
  fires: Series;
  silent: Series;
  /** When it is looked, in minutes. */
  at: number;
  /** The alert's labels beside the severity. */
  labels?: Record<string, string>;
}

const OUTCOMES = 'sparkrtc_worker_recordings_total';
const ENDS = 'sparkrtc_worker_job_ends_total';
const CALLBACKS = 'sparkrtc_receiver_callbacks_total';
const CALLS = 'sparkrtc_worker_vendor_calls_total';
const WAITS = 'temporal_activity_schedule_to_start_latency_seconds_bucket';
const DELIVERIES = 'sparkrtc_receiver_delivery_seconds_bucket';

const cases: Record<string, Case> = {
  RecorderWorkerAbsent: { at: 10, fires: { up: '1x20' }, silent: { [`${OUTCOMES}{outcome="failed"}`]: '0x20' } },
  RecorderReceiverAbsent: { at: 10, fires: { up: '1x20' }, silent: { [`${CALLBACKS}{result="delivered"}`]: '0x20' } },
  RecorderWorkflowTasksFail: {
    at: 20,
    fires: { 'temporal_workflow_task_execution_failed_total{namespace="n",task_queue="q"}': '0+1x30' },
    silent: { 'temporal_workflow_task_execution_failed_total{namespace="n",task_queue="q"}': '7x30' },
    labels: { namespace: 'n', task_queue: 'q' },
  },
  RecorderJobCallsWait: {
    at: 30,
    fires: {
      [`${WAITS}{task_queue="q-jobs",le="10"}`]: '0x40',
      [`${WAITS}{task_queue="q-jobs",le="100"}`]: '0+5x40',
      [`${WAITS}{task_queue="q-jobs",le="+Inf"}`]: '0+5x40',
    },
    silent: {
      [`${WAITS}{task_queue="q-jobs",le="5"}`]: '0+5x40',
      [`${WAITS}{task_queue="q-jobs",le="10"}`]: '0+5x40',
      [`${WAITS}{task_queue="q-jobs",le="+Inf"}`]: '0+5x40',
    },
    labels: { task_queue: 'q-jobs' },
  },
  RecorderRecordingsFail: {
    at: 10,
    fires: { [`${OUTCOMES}{outcome="failed"}`]: '0 0 0 1x20' },
    silent: { [`${OUTCOMES}{outcome="failed"}`]: '3x20', [`${OUTCOMES}{outcome="recorded"}`]: '0+1x20' },
  },
  RecorderRecordingsPartial: {
    at: 10,
    fires: { [`${OUTCOMES}{outcome="partial"}`]: '0 0 0 1x20' },
    silent: { [`${OUTCOMES}{outcome="partial"}`]: '3x20', [`${OUTCOMES}{outcome="recorded"}`]: '0+1x20' },
  },
  RecorderCallbacksLost: {
    at: 90,
    fires: { [`${ENDS}{by="reconciliation"}`]: '0+1x120', [`${ENDS}{by="callback"}`]: '0+1x120' },
    silent: { [`${ENDS}{by="reconciliation"}`]: '0+1x120', [`${ENDS}{by="callback"}`]: '0+9x120' },
  },
  RecorderCallbacksUndelivered: {
    at: 20,
    fires: { [`${CALLBACKS}{result="undelivered"}`]: '0+1x30' },
    silent: { [`${CALLBACKS}{result="undelivered"}`]: '4x30', [`${CALLBACKS}{result="delivered"}`]: '0+1x30' },
  },
  RecorderOrphanedJob: {
    at: 10,
    fires: { [`${CALLBACKS}{result="orphan"}`]: '0 0 0 1x20' },
    silent: { [`${CALLBACKS}{result="orphan"}`]: '2x20', [`${CALLBACKS}{result="unrouted"}`]: '0+1x20' },
  },
  RecorderCallbacksUnauthorized: {
    at: 30,
    fires: { [`${CALLBACKS}{result="unauthorized"}`]: '0+2x40' },
    silent: { [`${CALLBACKS}{result="unauthorized"}`]: '0 0 0 3x40' },
  },
  RecorderDeliverySlow: {
    at: 30,
    fires: {
      [`${DELIVERIES}{le="1"}`]: '0x40',
      [`${DELIVERIES}{le="2"}`]: '0+5x40',
      [`${DELIVERIES}{le="+Inf"}`]: '0+5x40',
    },
    silent: { [`${DELIVERIES}{le="0.5"}`]: '0+5x40', [`${DELIVERIES}{le="+Inf"}`]: '0+5x40' },
  },
  RecorderTokenRenewalsFail: {
    at: 20,
    fires: { 'sparkrtc_worker_token_renewals_total{outcome="failed"}': '0+1x30' },
    silent: { 'sparkrtc_worker_token_renewals_total{outcome="succeeded"}': '0+1x30' },
  },
  RecorderVendorThrottles: {
    at: 30,
    fires: { [`${CALLS}{service="SparkRTC",status="429"}`]: '0+30x40' },
    silent: { [`${CALLS}{service="SparkRTC",status="429"}`]: '0+1x40' },
    labels: { service: 'SparkRTC' },
  },
  RecorderVendorUnavailable: {
    at: 30,
    fires: {
      [`${CALLS}{service="OBS",status="timedOut"}`]: '0+1x40',
      [`${CALLS}{service="OBS",status="200"}`]: '0+2x40',
    },
    silent: { [`${CALLS}{service="OBS",status="404"}`]: '0+1x40', [`${CALLS}{service="OBS",status="200"}`]: '0+2x40' },
    labels: { service: 'OBS' },
  },
};

it('there is a case for every alert, and its runbook', async () => {
  expect(Object.keys(cases).sort()).toEqual(alertRules.map(({ alert }) => alert).sort());
  const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const { alert, annotations } of alertRules) {
    expect(runbook).toContain(`### ${alert}\n`);
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

describe.skipIf(!tools)('the alert rules', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'alerts-'));
    // promtool would compare the annotations, too.
    const rules = alertRules.map(({ annotations: _words, ...rule }) => rule);
    await writeFile(join(directory, 'rules.yml'), stringify({ groups: [{ name: 'sparkrtc-recorder', rules }] }));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are good ones, and the example of a configuration that names them', async () => {
    await run(tools?.promtool ?? '', ['check', 'rules', '--lint=all', '--lint-fatal', pathOf('alerts.yml')]);
    await run(tools?.promtool ?? '', ['check', 'config', pathOf('prometheus.yml')]);
  });

  it.each(alertRules)('$alert fires, and keeps silent', async ({ alert, labels }) => {
    const { fires, silent, at, labels: own } = cases[alert]!;
    const test = (series: Series, expected: object[]) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [{ eval_time: `${at}m`, alertname: alert, exp_alerts: expected }],
    });
    const file = join(directory, `${alert}.yml`);
    const tests = [test(fires, [{ exp_labels: { ...labels, ...own } }]), test(silent, [])];
    await writeFile(file, stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests }));
    await run(tools?.promtool ?? '', ['test', 'rules', file]);
  });
});
