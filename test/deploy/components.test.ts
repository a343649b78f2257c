import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { loadWorkerConfig } from '../../src/config.js';
import { DEFAULT_TASK_QUEUE } from '../../src/contract/workflowId.js';
import { misfits } from './customResources.js';
import { durationMs, pathOf, read } from './files.js';
import { buildOverlay, builtIn, type Built } from './overlay.js';

/*
 * The components of deploy/kubernetes that an overlay can add, against the definitions of the programs that they are
 * for. The API server also checks rules in CEL, which are written out here.
 */

interface WorkerDeployment extends Built {
  spec: Built['spec'] & {
    replicas: number;
    workerOptions: { connectionRef: { name: string }; temporalNamespace: string };
    rollout: { strategy: string; steps: { rampPercentage: number; pauseDuration: string }[] };
    sunset: object;
  };
}

interface ScaledObject extends Built {
  spec: Built['spec'] & {
    scaleTargetRef: { name: string };
    minReplicaCount: number;
    triggers: { type: string; metadata: Record<string, string> }[];
  };
}

const { kustomize } = inject('checkers');
const { keda, workerController } = inject('definitions');

const WORKER = 'sparkrtc-recorder-worker';

/** What the overlay of docs/deployment.md gives, with the lines that the page has for a component. */
async function buildWith(component: string) {
  const lines = `components:\n  - ../sparkrtc-recorder/deploy/kubernetes/${component}\n`;
  expect(read('docs/deployment.md')).toContain(lines);
  const [built, plain] = [builtIn(await buildOverlay(kustomize!, lines)), builtIn(await buildOverlay(kustomize!))];
  return { built, plain, settings: built.find(({ kind }) => kind === 'ConfigMap')!.data! };
}

/** Takes it out of the list, so that only the others remain. */
function take<T extends Built>(built: Built[], kind: string, name: string): T {
  const index = built.findIndex((one) => one.kind === kind && one.metadata.name === name);
  expect(index, `${kind} ${name}`).toBeGreaterThanOrEqual(0);
  return built.splice(index, 1)[0] as T;
}

describe.skipIf(!kustomize || !workerController)('worker-controller', () => {
  const definition = (name: string) =>
    join(workerController!, 'helm/temporal-worker-controller-crds/templates', `temporal.io_${name}.yaml`);

  it('has a WorkerDeployment in place of the Deployment of the workers, and leaves the rest alone', async () => {
    const { built, plain, settings } = await buildWith('worker-controller');
    const connection = take(built, 'Connection', 'sparkrtc-recorder');
    const workers = take<WorkerDeployment>(built, 'WorkerDeployment', WORKER);
    const { spec } = take<WorkerDeployment>(plain, 'Deployment', WORKER);
    expect(built).toEqual(plain);

    expect(misfits(connection, definition('connections'))).toEqual([]);
    expect(misfits(workers, definition('workerdeployments'))).toEqual([]);
    expect(connection.spec).toEqual({ hostPort: settings['TEMPORAL_ADDRESS'] });
    expect(workers.spec).toMatchObject({
      ...{ replicas: spec.replicas, template: spec.template },
      workerOptions: {
        connectionRef: { name: connection.metadata.name },
        temporalNamespace: settings['TEMPORAL_NAMESPACE'],
      },
    });
    expect(workers.spec).not.toHaveProperty('selector');

    const { strategy, steps } = workers.spec.rollout;
    expect(strategy).toBe('Progressive');
    const shares = steps.map(({ rampPercentage }) => rampPercentage);
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
    for (const { pauseDuration } of steps) expect(durationMs(pauseDuration)).toBeGreaterThanOrEqual(30_000);
  });

  it('a field that the definition does not have is found', async () => {
    const { built } = await buildWith('worker-controller');
    const workers = take<WorkerDeployment>(built, 'WorkerDeployment', WORKER);
    const spec = { ...workers.spec, rollout: { ...workers.spec.rollout, pause: '10m' } };
    expect(misfits({ ...workers, spec }, definition('workerdeployments'))).toMatchObject([
      { instancePath: '/spec/rollout', params: { additionalProperty: 'pause' } },
    ]);
    expect(misfits({ ...workers, kind: 'TemporalWorkerDeployment' }, definition('workerdeployments'))).toMatchObject([
      { instancePath: '/kind' },
    ]);
  });

  it('the worker takes the version that the controller gives it', () => {
    const secrets = ['HW_USER_NAME', 'HW_USER_PASSWORD', 'HW_DOMAIN_NAME', 'CALLBACK_AUTH_KEY'].map((name) => [
      `${name}_FILE`,
      pathOf(`deploy/compose/simulator-secrets/${name.toLowerCase()}`),
    ]);
    const { version } = loadWorkerConfig({
      ...parseEnv(read('deploy/kubernetes/settings.env')),
      ...(Object.fromEntries(secrets) as Record<string, string>),
      ...{ TEMPORAL_DEPLOYMENT_NAME: `recorder/${WORKER}`, TEMPORAL_WORKER_BUILD_ID: '0.1.0-5d7c' },
    });
    expect(version).toEqual({ deploymentName: `recorder/${WORKER}`, buildId: '0.1.0-5d7c' });
  });
});

it.skipIf(!kustomize || !keda)('keda scales the Deployment of the workers, and leaves the rest alone', async () => {
  const { built, plain, settings } = await buildWith('keda');
  const scaling = take<ScaledObject>(built, 'ScaledObject', WORKER);
  const workers = take<WorkerDeployment>(built, 'Deployment', WORKER);
  const { spec, ...others } = take<WorkerDeployment>(plain, 'Deployment', WORKER);
  expect(built).toEqual(plain);

  expect(misfits(scaling, join(keda!, 'config/crd/bases/keda.sh_scaledobjects.yaml'))).toEqual([]);
  expect(scaling.spec.scaleTargetRef).toEqual({ name: WORKER });
  const { replicas, ...unscaled } = spec;
  expect(workers).toEqual({ ...others, spec: unscaled });
  // As available as without it: a voluntary disruption leaves one.
  expect(scaling.spec.minReplicaCount).toBe(replicas);

  const temporal = scaling.spec.triggers.filter(({ type }) => type === 'temporal').map(({ metadata }) => metadata);
  expect(temporal).toEqual([
    {
      endpoint: settings['TEMPORAL_ADDRESS'],
      namespace: settings['TEMPORAL_NAMESPACE'],
      taskQueue: DEFAULT_TASK_QUEUE,
      queueTypes: 'workflow,activity',
      targetQueueSize: '20',
    },
  ]);
});
