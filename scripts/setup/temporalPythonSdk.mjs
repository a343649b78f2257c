// @ts-check
import { ensurePythonPackages } from './pythonPackages.mjs';

/**
 * The Temporal SDK for Python, for the examples in that language.
 * @param {import('./pythonPackages.mjs').Surroundings} [surroundings]
 */
export const ensureTemporalPythonSdk = (surroundings) =>
  ensurePythonPackages(
    {
      name: 'Temporal SDK for Python',
      version: '1.35.0',
      requirements: 'temporal-sdk.txt',
      module: 'temporalio.client',
      source: 'temporalio of PyPI, pinned by hash, about 15 MB',
      loss: "Temporal's SDK for Python the examples in Python are not run",
    },
    surroundings,
  );
