import { bundleWorkflowCode, type Logger } from '@temporalio/worker';

/**
 * The SDK takes a stack trace of every promise in a workflow, a quarter of the CPU time of a replay. This statement
 * comes first in the bundle, because the SDK freezes `Error` when the modules are loaded. It has no line break,
 * because the source map counts lines.
 */
const NO_STACK_TRACES = 'Error.stackTraceLimit = 0; ';

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
  return NO_STACK_TRACES + code;
}

/** The same code for a worker that takes stack traces in workflows. */
export function withStackTraces(code: string): string {
  return code.replace(NO_STACK_TRACES, '');
}
