import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import protobuf from 'protobufjs';
import type { TestContext } from 'vitest';

/*
 * What a collector of OpenTelemetry does with spans that come over HTTP, by the fields that the tests look at.
 * Source: opentelemetry-proto, trace/v1/trace.proto and collector/trace/v1/trace_service.proto.
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9; Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; } }
`);
const Request = root.lookupType('ExportTraceServiceRequest');

export interface Span {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentSpanId: string;
  name: string;
  attributes: Record<string, string>;
  /** 0: unset, 1: ok, 2: error. */
  status: number;
}

interface Attribute {
  key: string;
  value: { stringValue?: string; boolValue?: boolean; intValue?: string };
}

interface Wire {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        attributes?: Attribute[];
        status?: { code?: number };
      }[];
    }[];
  }[];
}

export interface TraceCollector {
  url: string;
  spans: Span[];
  /** All that came, as it came. */
  bytes: () => string;
}

export async function startTraceCollector(test: TestContext): Promise<TraceCollector> {
  const spans: Span[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      bodies.push(body);
      const { resourceSpans } = Request.toObject(Request.decode(body), { bytes: String, longs: String }) as Wire;
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = valuesOf(resource.attributes)['service.name'] ?? '';
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { traceId, spanId, parentSpanId = '', name, attributes = [], status } = span;
          spans.push({
            ...{ service, traceId, spanId, parentSpanId, name },
            attributes: valuesOf(attributes),
            status: status?.code ?? 0,
          });
        }
      }
      response.setHeader('content-type', 'application/x-protobuf').end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, bytes: () => Buffer.concat(bodies).toString('latin1') };
}

function valuesOf(attributes: Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.boolValue ?? value.intValue)]),
  );
}
