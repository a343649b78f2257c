import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { findTool, temporalCli as findTemporalCli, testServer } from '../../scripts/setup.mjs';
import { registerSearchAttributes } from '../../src/temporal/searchAttributes.js';
import { bundleWorkflows } from '../../src/temporal/workflowBundle.js';
import { installQuietRuntime } from './quietRuntime.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the one dev server that all test files share; each uses task queues and ids of its own. */
    temporalAddress: string;
    /** The Temporal CLI, for tests that need a server of their own. */
    temporalCli: string;
    /** Temporal's time-skipping test server. */
    testServer: string;
    /** A real S3 server; empty where it could not be had. */
    s3Server: string;
    /** The workflow bundle, made once. */
    workflowBundle: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  installQuietRuntime();
  const temporalCli = findTemporalCli();
  const s3Server = findTool('VERSITYGW_PATH', 'the tests against a real S3 server');

  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalCli },
      // Without this the dev server hands out 20 tasks a second: every latency would be a grid of 50 ms.
      extraArgs: ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
      log: { format: 'pretty', level: 'error' },
    },
  });

  await registerSearchAttributes(environment.connection, 'default');

  const directory = await mkdtemp(join(tmpdir(), 'sparkrtc-recorder-test-'));
  const workflowBundle = join(directory, 'workflow-bundle.js');
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/singleStreamRecording.ts', import.meta.url));
  await writeFile(workflowBundle, await bundleWorkflows({ workflowsPath, logger: new DefaultLogger('WARN') }));

  project.provide('temporalAddress', environment.address);
  project.provide('temporalCli', temporalCli);
  project.provide('testServer', testServer());
  project.provide('s3Server', s3Server ?? '');
  project.provide('workflowBundle', workflowBundle);

  return async () => {
    await environment.teardown();
    await rm(directory, { recursive: true, force: true });
  };
}
