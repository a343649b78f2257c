import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { ConfigurationError, type TemporalConfig } from '../config.js';
import { grpcOptions } from './route.js';

export interface LazyConnectionOptions {
  /**
   * How often a call is tried while the server is unreachable. Default: the SDK's ten times, which take some 20 s. The
   * SDK pauses beyond a call's deadline, so that only few attempts keep a deadline.
   */
  attempts?: number;
  /** Default: none. */
  payloadCodecs?: PayloadCodec[];
}

/**
 * A client that connects with its first call, and again after the connection was lost. The caller closes
 * `client.connection`.
 * @throws {ConfigurationError} for certificates that cannot be used
 */
export function connectLazily(
  { connection, namespace }: TemporalConfig,
  { attempts, payloadCodecs = [] }: LazyConnectionOptions = {},
): Client {
  return new Client({ connection: lazily(connection, attempts), namespace, dataConverter: { payloadCodecs } });
}

function lazily(connection: TemporalConfig['connection'], attempts: number | undefined): Connection {
  try {
    const { channelArgs, ...options } = grpcOptions(connection);
    return Connection.lazy({
      ...options,
      plugins: [],
      channelArgs: {
        ...channelArgs,
        // gRPC backs off up to two minutes by default: callbacks would be rejected for that long.
        'grpc.initial_reconnect_backoff_ms': 200,
        'grpc.max_reconnect_backoff_ms': 2_000,
        // The SDK trusts a dead connection for 45 s by default. The server allows a ping each 10 s.
        'grpc.keepalive_time_ms': 15_000,
        'grpc.keepalive_timeout_ms': 5_000,
      },
      ...(attempts !== undefined && {
        interceptors: [
          makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: attempts, initialIntervalMs: () => 100 })),
        ],
      }),
    });
  } catch (error) {
    throw new ConfigurationError(`TEMPORAL_TLS_*: the certificates cannot be used: ${(error as Error).message}`);
  }
}
