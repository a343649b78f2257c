import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { loadClientConfig, loadReceiverConfig, loadWorkerConfig } from '../../src/config.js';
import { isDocumented, manifestsIn, pathOf, read, type Container } from './files.js';
import { buildOverlay, builtIn } from './overlay.js';

/*
 * deploy/kubernetes as an operator has it before them, and the overlay of docs/deployment.md on top of it.
 */

const BASE = ['setup', 'worker', 'receiver'];
const manifests = BASE.flatMap((name) => manifestsIn(read(`deploy/kubernetes/${name}.yaml`)));
const settings = parseEnv(read('deploy/kubernetes/settings.env')) as Record<string, string>;

const named = (kind: string, name: string) => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === `sparkrtc-recorder-${name}`);
  expect(found, `${kind} ${name}`).toBeDefined();
  return found!;
};

const pods = [named('Job', 'setup'), named('Deployment', 'worker'), named('Deployment', 'receiver')].map(
  (one) => [one.metadata.name, one.spec.template] as const,
);
const podOf = (name: string) => named('Deployment', name).spec.template.spec;

/** Its variables, with the simulator's secrets where the container has them. */
function environmentOf({ env = [] }: Container): Record<string, string> {
  const own = env.map(({ name, value }) => [
    name,
    value.replace('/run/secrets/recorder', pathOf('deploy/compose/simulator-secrets')),
  ]);
  return { ...settings, ...(Object.fromEntries(own) as Record<string, string>) };
}

describe.each(pods)('%s', (_name, { spec }) => {
  const [container] = spec.containers;

  it('runs a program of the build, from an image that the overlay names', () => {
    const [program, file] = container.command;
    expect(program).toBe('node');
    expect(existsSync(pathOf(file!))).toBe(true);
    expect(container.image).toBe('sparkrtc-recorder');
  });

  it('is a plain user who may not write, and has no rights that it does not need', () => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
  });

  it('has variables that the reference knows, and no secret among them', () => {
    const variables = [...(container.env ?? []).map(({ name }) => name), ...Object.keys(settings)];
    for (const variable of variables) expect(variable).toSatisfy(isDocumented);
    expect(variables.filter((variable) => /(PASSWORD|KEY|USER_NAME)$/.test(variable))).toEqual([]);
  });

  it('takes the settings, and what Temporal may ask for', () => {
    expect(container.envFrom).toEqual([
      { configMapRef: { name: 'sparkrtc-recorder' } },
      { secretRef: { name: 'sparkrtc-recorder-temporal', optional: true } },
    ]);
  });

  it('reads its secrets where they are mounted', () => {
    const files = (container.env ?? []).filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value);
    const [volume] = spec.volumes ?? [];
    expect(container.volumeMounts ?? []).toEqual(
      files.length === 0 ? [] : [{ name: 'secrets', mountPath: '/run/secrets/recorder', readOnly: true }],
    );
    const there = volume?.secret.items?.map(({ path }) => `/run/secrets/recorder/${path}`);
    if (there) expect(there).toEqual(files);
  });
});

describe('the processes take their environment', () => {
  it('worker and receiver, with one key for the callbacks', () => {
    const worker = loadWorkerConfig(environmentOf(podOf('worker').containers[0]));
    const receiver = loadReceiverConfig(environmentOf(podOf('receiver').containers[0]));
    expect(receiver.callbackKeys.current).toBe(worker.callbackAuthKey);
    const ports = podOf('worker').containers[0].ports!.map(({ containerPort }) => `:${containerPort}`);
    expect([worker.metricsAddress, worker.healthAddress]).toEqual(ports);
    expect(receiver.port).toBe(podOf('receiver').containers[0].ports![0]!.containerPort);
  });

  it('the set-up', () => {
    expect(loadClientConfig(environmentOf(named('Job', 'setup').spec.template.spec.containers[0]))).toMatchObject({
      connection: { address: 'temporal-frontend.temporal:7233' },
      namespace: 'default',
    });
  });
});

it.each([
  ['worker', ['startupProbe', 'livenessProbe'], ['/healthz']],
  ['receiver', ['startupProbe', 'livenessProbe', 'readinessProbe'], ['/healthz', '/readyz']],
])('the probes of the %s ask at a port that it has', (name, probes, paths) => {
  const [container] = podOf(name).containers;
  expect(Object.keys(container).filter((key) => key.endsWith('Probe'))).toEqual(probes);
  const asked = probes.map((probe) => container[probe as 'livenessProbe']!.httpGet);
  expect(new Set(asked.map(({ path }) => path))).toEqual(new Set(paths));
  const ports = container.ports!.map((one) => one.name);
  for (const { port } of asked) expect(ports).toContain(port);
});

it('the set-up is run again by GitOps tools, and does not vanish behind their back', () => {
  const { metadata, spec } = named('Job', 'setup');
  expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
  expect(metadata).toHaveProperty('annotations', {
    'argocd.argoproj.io/hook': 'Sync',
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    'kustomize.toolkit.fluxcd.io/force': 'enabled',
  });
});

it('pods are given more time to stop than they take', () => {
  const grace = Number(/SHUTDOWN_GRACE = '(\d+) seconds'/.exec(read('src/temporal/workers.ts'))![1]);
  expect(podOf('worker').terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + 5);
  const drain = Number(/DRAIN_MS = (\d+)_000/.exec(read('src/receiver.ts'))![1]);
  const [, pause] = podOf('receiver').containers[0].lifecycle!.preStop.exec.command;
  expect(podOf('receiver').terminationGracePeriodSeconds).toBeGreaterThanOrEqual(drain + Number(pause) + 5);
});

it('Service and disruption budgets find their pods', () => {
  const finds = (labels: Record<string, string>, name: string) =>
    expect(named('Deployment', name).spec.template.metadata.labels).toEqual(labels);
  const service = named('Service', 'receiver');
  finds(service.spec.selector, 'receiver');
  expect(service.spec.ports[0]!.targetPort).toBe(podOf('receiver').containers[0].ports![0]!.name);
  for (const name of ['worker', 'receiver']) {
    finds(named('PodDisruptionBudget', name).spec.selector.matchLabels!, name);
    finds(named('Deployment', name).spec.selector.matchLabels!, name);
  }
});

describe('the overlay of docs/deployment.md', () => {
  const { kustomize, kubernetesValidate } = inject('checkers');

  it.skipIf(!kustomize)('gives everything its image, its settings and its secrets', async () => {
    const built = builtIn(await buildOverlay(kustomize!));
    const all = (kind: string) => built.filter((one) => one.kind === kind);
    const [configMap] = all('ConfigMap');
    const [secret] = all('Secret');
    expect(configMap!.data).toMatchObject({
      LOG_LEVEL: 'info',
      CALLBACK_URL: 'https://recorder.example.org/callback',
    });
    expect(Object.keys(configMap!.data!).sort()).toEqual(Object.keys(settings).sort());
    const workloads = [...all('Deployment'), ...all('Job')];
    expect(workloads).toHaveLength(3);
    for (const { spec } of workloads) {
      const [container] = spec.template.spec.containers;
      expect(container.image).toMatch(/^registry\.example\.org\/sparkrtc-recorder:\d+\.\d+\.\d+$/);
      expect(container.envFrom[0]!['configMapRef']!.name).toBe(configMap!.metadata.name);
      for (const volume of spec.template.spec.volumes ?? []) {
        expect(volume.secret.secretName).toBe(secret!.metadata.name);
      }
    }
    const needed = podOf('worker').containers[0].env!.filter(({ name }) => name.endsWith('_FILE'));
    expect(Object.keys(secret!.data!).sort()).toEqual(needed.map(({ value }) => value.split('/').pop()).sort());
  });

  it.skipIf(!kustomize || !kubernetesValidate)('fits the schemas of Kubernetes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'manifests-'));
    try {
      const file = join(directory, 'all.yaml');
      await writeFile(file, await buildOverlay(kustomize!));
      const args = ['-m', 'kubernetes_validate', '--strict', file];
      const { stdout } = await promisify(execFile)(kubernetesValidate!, args);
      expect(stdout.match(/^INFO +.*passed/gm)).toHaveLength(8);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
