import { bundleWorkflowCode, type Logger } from '@temporalio/worker';

export interface BundleOptions {
  /** The module that exports the workflows. */
  workflowsPath: string;
  interceptorModules?: string[];
  logger: Logger;
}

/** The code of the workflows as it ships. The build, the tests and a worker without a build make it here. */
export async function bundleWorkflows(options: BundleOptions): Promise<string> {
  const { workflowsPath, interceptorModules = [], logger } = options;
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: interceptorModules,
    // Loaded once for all recordings of a worker instead of once for each: the modules of the workflow hold no state.
    preloadModules: [workflowsPath],
    logger,
  });
  return code;
}
