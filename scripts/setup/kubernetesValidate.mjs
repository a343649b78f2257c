// @ts-check
import { ensurePythonPackages } from './pythonPackages.mjs';

/**
 * kubernetes-validate: whether manifests fit Kubernetes' schemas, without a cluster.
 * @param {import('./pythonPackages.mjs').Surroundings} [surroundings]
 */
export const ensureKubernetesValidate = (surroundings) =>
  ensurePythonPackages(
    {
      name: 'kubernetes-validate',
      version: '1.37.0',
      requirements: 'kubernetes-validate.txt',
      module: 'kubernetes_validate',
      source: 'kubernetes-validate of PyPI, pinned by hash, about 25 MB',
      loss: 'kubernetes-validate the manifests are not held against the schemas',
    },
    surroundings,
  );
