import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { ConfigurationError, type TemporalConfig } from '../config.js';

export interface LazyConnectionOptions {
  /**
   * How often a call is tried in all while the server is away, with short pauses. Default: the SDK's ten times, which take some 20 s: too long for
   * one who is waiting. The SDK pauses beyond a call's deadline, so that few attempts are what keeps a deadline.
   */
  attempts?: number;
}

/**
 * A client that connects with its first call, and again whenever the connection was lost: the process starts and lives without a server.
 * The caller closes `client.connection`.
 * @throws {ConfigurationError} for certificates that cannot be used
 */
export function connectLazily(
  { connection, namespace }: TemporalConfig,
  { attempts }: LazyConnectionOptions = {},
): Client {
  return new Client({ connection: lazily(connection, attempts), namespace });
}

function lazily(connection: TemporalConfig['connection'], attempts: number | undefined): Connection {
  try {
    return Connection.lazy({
      ...connection,
      plugins: [],
      channelArgs: {
        // gRPC's own back-off goes up to two minutes: so long would callbacks be refused after the server is back.
        'grpc.initial_reconnect_backoff_ms': 200,
        'grpc.max_reconnect_backoff_ms': 2_000,
        // And so long as a connection that died unseen is trusted: 45 s by the SDK's default. The server allows a ping each 10 s.
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
