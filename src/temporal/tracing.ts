import type { AgentOptions } from 'node:https';
import { diag, DiagLogLevel, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResourcesSync, envDetectorSync, Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  type OpenTelemetrySinks,
} from '@temporalio/interceptors-opentelemetry';
import type { InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { OnResponse } from '../huawei/http.js';
import { trustedCertificates } from '../network/trust.js';

const SERVICE_NAME = 'sparkrtc-recorder-worker';

export interface Tracing {
  /** For each worker: the spans of activities, under the one that started them. */
  interceptors: WorkerInterceptors;
  /** For the worker of the workflows: where their spans go, which they cannot send themselves. */
  sinks: InjectedSinks<OpenTelemetrySinks>;
  /** A span for each call to the vendor. */
  onResponse: OnResponse;
  /** Sends the remaining spans. */
  close: () => Promise<void>;
}

/**
 * OpenTelemetry over OTLP/HTTP, set by its standard variables: OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS,
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_*. Spans hold names, ids and statuses, no
 * inputs, results or headers.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function startTracing(logger: Logger): Tracing {
  // A missing collector is no reason to stop, but it has to be logged.
  const warn = (message: string) => logger.warn({ reason: message }, 'tracing: something went wrong');
  const quiet = () => undefined;
  diag.setLogger({ error: warn, warn, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);

  const resource = new Resource({ 'service.name': SERVICE_NAME }).merge(
    detectResourcesSync({ detectors: [envDetectorSync] }),
  );
  const processor = new BatchSpanProcessor(
    new OTLPTraceExporter({ httpAgentOptions: { keepAlive: true, ca: trustedCertificates() } as AgentOptions }),
  );
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  return {
    interceptors: {
      activity: [
        (context) => ({
          inbound: new OpenTelemetryActivityInboundInterceptor(context),
          outbound: new OpenTelemetryActivityOutboundInterceptor(context),
        }),
      ],
    },
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
    onResponse: traceVendorCall,
    close: () => provider.shutdown(),
  };
}

/** Reported when the call has ended: the span gets its start time afterwards. */
const traceVendorCall: OnResponse = ({ service, call, status, kind, seconds }) => {
  const endTime = Date.now();
  const [method = '', template = ''] = call.split(' ');
  const span = trace.getTracer('sparkrtc-recorder').startSpan(call, {
    kind: SpanKind.CLIENT,
    startTime: endTime - seconds * 1_000,
    attributes: {
      'http.request.method': method,
      'url.template': template,
      'peer.service': service,
      ...(status !== undefined && { 'http.response.status_code': status }),
    },
  });
  const errorType = status === undefined ? kind : status >= 400 ? String(status) : undefined;
  if (errorType !== undefined) {
    span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endTime);
};
