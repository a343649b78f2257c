import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** The system's certificates on Debian, Red Hat, SUSE and Alpine, macOS. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The authorities that every connection trusts, as PEM: Node's own, the system's (or `SSL_CERT_FILE`), and those of
 * `NODE_EXTRA_CA_CERTS`. Node's clients would leave out the system's, Temporal's native client the extra ones.
 * @throws if a file that a variable names cannot be read
 */
export function trustedCertificates(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const system = environment['SSL_CERT_FILE'] ? undefined : SYSTEM_BUNDLES.find((path) => existsSync(path));
  const texts = [
    ...rootCertificates,
    ...(system === undefined ? [] : [readFileSync(system, 'latin1')]),
    ...['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].map((name) => readNamed(name, environment[name])),
  ];
  return [...new Set(texts.flatMap((text) => text.match(CERTIFICATE) ?? []))].join('\n');
}

function readNamed(name: string, path: string | undefined): string {
  if (!path) return '';
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new Error(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
