import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Resource } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { Client } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, it, vi } from 'vitest';
import { RecordingClient } from '../../../src/client.js';
import { freePort } from '../../support/freePort.js';
import { AUTH_KEY, deploy, PASSWORD } from '../../support/deployment.js';
import { exposedSecrets } from '../../support/exposedSecrets.js';
import { startTraceCollector, type Span } from './traceCollector.js';

const settings = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '100' });

/** The names from the first span of its trace down to this one. */
function pathOf(spans: Span[], span: Span): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent ? pathOf(spans, parent) : []), span.name];
}

describe('traces', () => {
  it('go from the caller over workflow and activity to the call to the vendor, and hold no secret', async (test) => {
    const collector = await startTraceCollector(test);
    const deployment = await deploy(
      test,
      {
        faults: [
          { match: 'POST /v2/apps/*/individual-stream-jobs', effect: { kind: 'respond', status: 503 } },
          // A vendor that gives back what it was sent.
          {
            match: 'POST /v3/auth/tokens',
            effect: { kind: 'respond', status: 500, body: { error: { code: 500, message: `IAM.echo ${PASSWORD}` } } },
          },
        ],
      },
      { environment: settings(collector.url) },
    );
    const { simulator, startWorker, startReceiver, taskQueue, client, input } = deployment;
    await Promise.all([startWorker(), startReceiver()]);

    // As another service does it, with its own tracing and its own client.
    const exporter = new OTLPTraceExporter({ url: `${collector.url}/v1/traces` });
    const provider = new NodeTracerProvider({
      resource: new Resource({ 'service.name': 'caller' }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    provider.register();
    test.onTestFinished(() => provider.shutdown());
    const interceptors = { workflow: [new OpenTelemetryWorkflowClientInterceptor()] };
    const recordings = new RecordingClient({
      client: new Client({ connection: client.connection, namespace: 'default', interceptors }),
      taskQueue,
    });
    const recording = await trace.getTracer('caller').startActiveSpan('a participant joins', async (span) => {
      const { recording: started } = await recordings.start(input());
      span.end();
      return started;
    });
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });

    const { spans } = collector;
    const jobStarts = () => spans.filter(({ name }) => name === 'POST /v2/apps/{app_id}/individual-stream-jobs');
    await vi.waitFor(
      () => expect(spans.map(({ name }) => name)).toContain('RunWorkflow:singleStreamRecording'),
      20_000,
    );
    expect(jobStarts().map(({ status, attributes }) => [status, attributes['http.response.status_code']])).toEqual([
      [2, '503'],
      [0, '201'],
    ]);
    for (const start of jobStarts()) {
      expect(pathOf(spans, start)).toEqual([
        'a participant joins',
        'StartWorkflow:singleStreamRecording',
        'RunWorkflow:singleStreamRecording',
        'StartActivity:startIndividualStreamJob',
        'RunActivity:startIndividualStreamJob',
        'POST /v2/apps/{app_id}/individual-stream-jobs',
      ]);
      expect(start).toMatchObject({ service: 'sparkrtc-recorder-worker', attributes: { 'peer.service': 'SparkRTC' } });
    }
    // Steps of the workflow and calls to all three of the vendor's services, in the one trace.
    const whole = spans.filter(({ traceId }) => traceId === jobStarts()[0]!.traceId);
    expect(new Set(whole.map(({ attributes }) => attributes['peer.service']).filter(Boolean))).toEqual(
      new Set(['IAM', 'SparkRTC', 'OBS']),
    );

    const sent = collector.bytes();
    expect(sent).toContain('individual-stream-jobs');
    expect(exposedSecrets(sent, [PASSWORD, AUTH_KEY, ...simulator.secrets])).toEqual([]);

    // Turned off again: workers without tracing go on with what was recorded with it.
    const { workflowId } = recording;
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, history, workflowId);
  });

  it('a collector that is not available costs no recording, and is reported', async (test) => {
    const { startWorker, startReceiver, recordings, input, output } = await deploy(
      test,
      {},
      { environment: settings(`http://127.0.0.1:${await freePort()}`) },
    );
    await Promise.all([startWorker(), startReceiver()]);
    const { recording } = await recordings.start(input());
    expect(await recording.result()).toMatchObject({ outcome: 'recorded' });
    await vi.waitFor(
      () => expect(output()).toMatch(/"reason":".*ECONNREFUSED.*tracing: something went wrong/),
      60_000,
    );
  });
});
