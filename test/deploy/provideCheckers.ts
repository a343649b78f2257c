import type { TestProject } from 'vitest/node';
import { ensureDockerCompose } from '../../scripts/setup/dockerCompose.mjs';
import { ensureHadolint } from '../../scripts/setup/hadolint.mjs';
import { ensureKubernetesValidate } from '../../scripts/setup/kubernetesValidate.mjs';
import { ensureKustomize } from '../../scripts/setup/kustomize.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Programs, or for kubernetesValidate a PYTHONPATH; null where one could not be had. */
    checkers: Record<'dockerCompose' | 'hadolint' | 'kubernetesValidate' | 'kustomize', string | null>;
  }
}

export default async function setUp(project: TestProject): Promise<void> {
  const [dockerCompose = null, hadolint = null, kubernetesValidate = null, kustomize = null] = await Promise.all([
    ensureDockerCompose(),
    ensureHadolint(),
    ensureKubernetesValidate(),
    ensureKustomize(),
  ]);
  project.provide('checkers', { dockerCompose, hadolint, kubernetesValidate, kustomize });
}
