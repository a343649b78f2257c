import { promisify } from 'node:util';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { temporal } from '@temporalio/proto';
import { onTestFinished } from 'vitest';
import { WORKFLOW_TYPE } from '../../../src/contract/workflowId.js';

const api = temporal.api.workflowservice.v1;
const COMPLETED = temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED;
const PAGE = 1_000;

/** A protobuf message, as its generated code reads and writes it. */
interface Message<T> {
  decode: (bytes: Uint8Array) => T;
  encode: (value: T) => { finish: () => Uint8Array };
}

/** Of Temporal's service no more than a list and a result need, so that thousands of recordings exist at once. */
export async function startFakeTemporal(workflowIds: string[], result?: object): Promise<string> {
  const startTime = { seconds: 1_767_225_600 as never };
  const entryOf = (workflowId: string) => ({
    execution: { workflowId, runId: workflowId },
    type: { name: WORKFLOW_TYPE },
    status: COMPLETED,
    ...{ startTime, closeTime: startTime, executionTime: startTime },
  });
  const server = new Server();
  serve(server, 'GetSystemInfo', api.GetSystemInfoRequest, api.GetSystemInfoResponse, () => ({ capabilities: {} }));
  serve(
    server,
    'ListWorkflowExecutions',
    api.ListWorkflowExecutionsRequest,
    api.ListWorkflowExecutionsResponse,
    ({ nextPageToken }) => {
      const from = Number(Buffer.from(nextPageToken ?? []).toString() || 0);
      const to = from + PAGE;
      return {
        executions: workflowIds.slice(from, to).map(entryOf),
        ...(to < workflowIds.length && { nextPageToken: Buffer.from(String(to)) }),
      };
    },
  );
  serve(
    server,
    'DescribeWorkflowExecution',
    api.DescribeWorkflowExecutionRequest,
    api.DescribeWorkflowExecutionResponse,
    ({ execution }) => ({ workflowExecutionInfo: entryOf(execution?.workflowId ?? '') }),
  );
  serve(
    server,
    'GetWorkflowExecutionHistory',
    api.GetWorkflowExecutionHistoryRequest,
    api.GetWorkflowExecutionHistoryResponse,
    () => ({ history: { events: [completed(result)] } }),
  );
  onTestFinished(() => server.forceShutdown());
  const bind = promisify(server.bindAsync.bind(server));
  return `127.0.0.1:${await bind('127.0.0.1:0', ServerCredentials.createInsecure())}`;
}

function serve<Request, Response>(
  server: Server,
  name: string,
  request: Message<Request>,
  response: Message<Response>,
  respond: (request: Request) => Response,
): void {
  const handle: handleUnaryCall<Request, Response> = (call, callback) => callback(null, respond(call.request));
  server.addService(
    {
      [name]: {
        path: `/temporal.api.workflowservice.v1.WorkflowService/${name}`,
        ...{ requestStream: false, responseStream: false },
        ...{ requestSerialize: bytesOf(request), requestDeserialize: (bytes: Buffer) => request.decode(bytes) },
        ...{ responseSerialize: bytesOf(response), responseDeserialize: (bytes: Buffer) => response.decode(bytes) },
      },
    },
    { [name]: handle },
  );
}

function bytesOf<T>(message: Message<T>): (value: T) => Buffer {
  return (value) => Buffer.from(message.encode(value).finish());
}

function completed(result: object | undefined) {
  const data = Buffer.from(JSON.stringify(result ?? null));
  const payloads = [{ metadata: { encoding: Buffer.from('json/plain') }, data }];
  return {
    eventId: 5 as never,
    eventType: temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    workflowExecutionCompletedEventAttributes: { result: { payloads } },
  };
}
