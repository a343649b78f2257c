import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, inject } from 'vitest';
import { registerSearchAttributes } from '../../src/temporal/searchAttributes.js';

/** A Temporal server for the tests of one file, with these values of its dynamic configuration. Answers its address. */
export function ownServer(dynamicConfig: Record<string, number>): () => string {
  const values = { 'history.transferProcessorMaxPollRPS': 1000, ...dynamicConfig };
  let environment: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: inject('temporalCli') },
        extraArgs: Object.entries(values).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
        log: { format: 'pretty', level: 'error' },
      },
    });
    await registerSearchAttributes(environment.connection, 'default');
  });
  afterAll(() => environment?.teardown());
  return () => environment?.address ?? '';
}
