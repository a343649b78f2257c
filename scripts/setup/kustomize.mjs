// @ts-check
import { installWithGo } from './go.mjs';
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

const VERSION = '5.8.1';

const COMPILE_TIMEOUT_MS = 10 * 60_000;

/** @type {import('./executable.mjs').Executable} */
const kustomize = {
  name: 'kustomize',
  version: VERSION,
  pathVariable: 'KUSTOMIZE_PATH',
  probeArguments: ['version'],
  identify: (answer) => /^v(\d+\.\S+)$/m.exec(answer.trim())?.[1],
  installers: [
    {
      source: 'go install, which can take a minute',
      install: (directory) =>
        installWithGo(`sigs.k8s.io/kustomize/kustomize/v5@v${VERSION}`, directory, COMPILE_TIMEOUT_MS),
    },
  ],
  advice:
    'Install Go (https://go.dev/dl/), or kustomize itself (https://kustomize.io) so that it is on PATH, or set KUSTOMIZE_PATH.',
};

/** Puts a base and an overlay together, as `kubectl apply --kustomize` does, without a cluster. */
export const ensureKustomize = () =>
  ensureOptionalExecutable(kustomize, 'kustomize the manifests are not put together', {});
