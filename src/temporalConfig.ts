import { loadClientConfigProfile, toClientOptions, type ClientConnectConfig } from '@temporalio/envconfig';
import { readTextFile } from './givenText.js';

/** A host name, an IPv4 address or an IPv6 address in brackets, with or without a port; no URL. */
const ADDRESS = /^(?:\[[\da-f:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/i;

/** What gRPC can send as a header. Its own error would quote the whole value, which may be a key. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

type Profile = ReturnType<typeof loadClientConfigProfile>;

/**
 * Reads Temporal's standard variables and its profile file.
 * @param environment without empty values
 * @param problems gets what is wrong, without any value that may be secret
 */
export function readTemporal(
  environment: Record<string, string>,
  problems: string[],
): ClientConnectConfig | undefined {
  try {
    const profile = cleaned(
      loadClientConfigProfile({ overrideEnvVars: environment, ...profileFile(environment['TEMPORAL_CONFIG_FILE']) }),
    );
    const { address, apiKey = '', grpcMeta = {}, tls } = profile;
    if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined)) {
      problems.push('TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_* belong together: set both or neither');
    }
    // The SDK would pass over it without a word.
    if (environment['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] !== undefined) {
      problems.push(
        'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported by this SDK: set TEMPORAL_TLS_SERVER_NAME and ' +
          'TEMPORAL_TLS_SERVER_CA_CERT_PATH instead',
      );
    }
    if (address !== undefined && !isAddress(address)) {
      problems.push('TEMPORAL_ADDRESS must be host:port, such as localhost:7233');
    }
    const wrong = 'has a character that a header cannot have';
    if (!HEADER_VALUE.test(apiKey)) problems.push(`TEMPORAL_API_KEY ${wrong}`);
    if (!Object.values(grpcMeta).every((value) => HEADER_VALUE.test(value))) {
      problems.push(`TEMPORAL_GRPC_META_* ${wrong}`);
    }
    return toClientOptions(profile);
  } catch (error) {
    problems.push(`TEMPORAL_*: ${reasonOf(error)}`);
    return undefined;
  }
}

function isAddress(text: string): boolean {
  const match = ADDRESS.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

/** Its text, because the SDK fails on a byte order mark. It passes over a file that does not exist. */
function profileFile(path: string | undefined) {
  if (path === undefined) return {};
  try {
    return { configSource: { data: readTextFile(path) } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`TEMPORAL_CONFIG_FILE ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Without white space around values, and without byte order marks in certificates. */
function cleaned({ address, namespace, apiKey, tls, grpcMeta, ...rest }: Profile): Profile {
  const trimmed = Object.entries({ address, namespace, apiKey }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.trim()]],
  );
  const meta = Object.entries(grpcMeta ?? {}).map(([name, value]) => [name, value.trim()]);
  const certificates = (['clientCert', 'clientKey', 'serverCACert'] as const).flatMap((name) => {
    const source = tls?.[name];
    return source && 'path' in source ? [[name, { data: readTextFile(source.path) }]] : [];
  });
  return {
    ...rest,
    ...(Object.fromEntries(trimmed) as Profile),
    ...(grpcMeta && { grpcMeta: Object.fromEntries(meta) as Record<string, string> }),
    ...(tls && { tls: { ...tls, ...Object.fromEntries(certificates) } as NonNullable<Profile['tls']> }),
  };
}

function reasonOf(error: unknown): string {
  // The SDK fails with it on an empty file.
  if (error instanceof TypeError) return 'the profile file (TEMPORAL_CONFIG_FILE) has no section [profile.default]';
  // The first line only: the others quote the profile file, which may contain an API key.
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  return String(reason);
}
