// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectDirectory } from './setup.mjs';

// Bundles workflows by the built code that a worker without a bundle uses.
/** @type {(workflowsPath: string, interceptorModules?: string[]) => Promise<string>} */
export async function bundle(workflowsPath, interceptorModules = []) {
  // Imported here, because these are installed and built only when a script runs.
  const { DefaultLogger } = await import('@temporalio/worker');
  /** @type {unknown} */
  const built = await import(pathToFileURL(join(projectDirectory, 'dist', 'temporal', 'workflowBundle.js')).href);
  const { bundleWorkflows } = /** @type {typeof import('../src/temporal/workflowBundle.js')} */ (built);
  return bundleWorkflows({ workflowsPath, interceptorModules, logger: new DefaultLogger('WARN') });
}
