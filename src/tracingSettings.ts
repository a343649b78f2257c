import { proxyFor } from './network/proxy.js';

/** The variables of OpenTelemetry that decide on traces. Platforms set them for all their programs. */
export type TracingVariables = Partial<
  Record<
    | 'OTEL_SDK_DISABLED'
    | 'OTEL_TRACES_EXPORTER'
    | 'OTEL_EXPORTER_OTLP_ENDPOINT'
    | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
    | 'OTEL_EXPORTER_OTLP_PROTOCOL'
    | 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    string | undefined
  >
>;

/**
 * Whether traces are sent: off by default, turned on by an endpoint or by the name of the exporter. What this program
 * does not support turns them off with a warning, and never stops a worker.
 */
export function readTracing(
  env: TracingVariables,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { enabled: boolean; warning?: string } {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return { enabled: false };
  const exporter = env.OTEL_TRACES_EXPORTER?.toLowerCase();
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (exporter === 'none' || (exporter === undefined && endpoint === undefined)) return { enabled: false };
  if (exporter !== undefined && exporter !== 'otlp') {
    return off(endpoint, 'OTEL_TRACES_EXPORTER is neither otlp nor none, the only ones supported');
  }
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
  if (protocol.toLowerCase() !== 'http/protobuf') {
    return off(endpoint, 'OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf, the only one supported');
  }
  if (endpoint !== undefined && hasProxy(endpoint, environment)) {
    return off(endpoint, 'OpenTelemetry does not support proxies; add the host of its endpoint to NO_PROXY');
  }
  return { enabled: true };
}

/** A wrong endpoint or proxy is reported elsewhere. */
function hasProxy(endpoint: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  try {
    return proxyFor(new URL(endpoint), environment) !== undefined;
  } catch {
    return false;
  }
}

/** Without an endpoint no one expects traces of this program. */
function off(endpoint: string | undefined, reason: string) {
  return { enabled: false, ...(endpoint !== undefined && { warning: `No traces are sent: ${reason}.` }) };
}
