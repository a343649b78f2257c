import type { TestProject } from 'vitest/node';
import { findGoModule, findPython, findTool } from '../../scripts/setup.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Programs, for kubernetesValidate a Python that has it; null where one could not be had. */
    checkers: Record<'dockerCompose' | 'hadolint' | 'kubernetesValidate' | 'kustomize', string | null>;
    /** The sources of programs that define resources; null where they could not be had. */
    definitions: Record<'keda' | 'workerController', string | null>;
  }
}

export default function setUp(project: TestProject): void {
  project.provide('checkers', {
    dockerCompose: findTool('DOCKER_COMPOSE_PATH', 'Docker Compose on docker-compose.yml') ?? null,
    hadolint: findTool('HADOLINT_PATH', 'the check of the Dockerfile') ?? null,
    kubernetesValidate: findPython('tools/requirements-checks.txt', 'the schemas of the manifests') ?? null,
    kustomize: findTool('KUSTOMIZE_PATH', 'the tests of the overlay') ?? null,
  });
  const loss = 'the custom resource definitions of the manifests';
  project.provide('definitions', {
    keda: findGoModule('github.com/kedacore/keda/v2', loss) ?? null,
    workerController: findGoModule('github.com/temporalio/temporal-worker-controller', loss) ?? null,
  });
}
