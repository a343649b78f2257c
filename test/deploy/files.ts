import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

/*
 * The files of the two deployments, as the tests read them.
 */

export const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export const read = (name: string): string => readFileSync(pathOf(name), 'utf8');

export type Variables = Record<string, string>;

export interface Service {
  build?: string;
  image: string;
  command?: string[];
  environment?: Variables;
  secrets?: string[];
  configs?: { source: string; target: string }[];
  ports?: string[];
  profiles?: string[];
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  healthcheck?: { test: string[] };
  restart?: string;
  stop_grace_period?: string;
  mem_limit?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
}

export interface ComposeFile {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  configs: Record<string, { file: string }>;
}

export const envFile = (name: string): Variables => parseEnv(read(`deploy/compose/${name}`)) as Variables;

/** docker-compose.yml with the variables of the operator put in. */
export function composeFile(variables: Variables): ComposeFile {
  return filled(parse(read('docker-compose.yml'), { merge: true }), variables) as ComposeFile;
}

function filled(value: unknown, variables: Variables): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    return value.replace(
      /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
      (whole, name: string, kind?: string, words?: string) => {
        if (whole === '$$') return '$';
        const given = variables[name];
        if (given) return given;
        if (kind === '?') throw new Error(`${name} ${words}`);
        return words ?? '';
      },
    );
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, variables));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, variables)]));
}

export interface Container {
  name: string;
  image: string;
  command: string[];
  envFrom: Record<string, { name: string; optional?: boolean }>[];
  env?: { name: string; value: string }[];
  ports?: { name: string; containerPort: number }[];
  lifecycle?: { preStop: { exec: { command: string[] } } };
  securityContext: object;
  resources: { requests: object; limits: { memory: string } };
  volumeMounts?: { name: string; mountPath: string; readOnly: boolean }[];
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

export interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: {
    selector: Variables & { matchLabels?: Variables };
    ports: { targetPort: string }[];
    template: {
      metadata: { labels: Variables };
      spec: {
        terminationGracePeriodSeconds: number;
        securityContext: object;
        automountServiceAccountToken: boolean;
        containers: [Container];
        volumes?: { secret: { secretName: string; items?: { key: string; path: string }[] } }[];
      };
    };
  };
}

export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** Whether the reference has a name: every variable that a process understands is in its table. */
export function isDocumented(variable: string): boolean {
  const name = variable.replace(/_FILE$/, '');
  return /^TEMPORAL_TLS_/.test(name) || read('docs/reference.md').includes(`\`${name}\``);
}

/** Milliseconds of `45s` or `1m`. */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`${text} is no duration`);
  return Number(count) * (unit === 'm' ? 60_000 : 1_000);
}
