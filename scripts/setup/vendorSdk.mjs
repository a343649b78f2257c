// @ts-check
import { ensurePythonPackages } from './pythonPackages.mjs';

/**
 * The vendor's own SDK of SparkRTC for Python, for the test that a client which nobody here wrote gets along with the simulator.
 * @param {import('./pythonPackages.mjs').Surroundings} [surroundings]
 */
export const ensureVendorSdk = (surroundings) =>
  ensurePythonPackages(
    {
      name: 'vendor SDK',
      version: '3.1.219',
      requirements: 'vendor-sdk.txt',
      module: 'huaweicloudsdkcloudrtc.v2',
      source: 'huaweicloudsdkcloudrtc of PyPI, pinned by hash, about 5 MB',
      loss: "the vendor's SDK the test of the simulator with it is skipped",
    },
    surroundings,
  );
