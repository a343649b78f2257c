import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, it } from 'vitest';
import { ownServer } from '../../support/temporalServer.js';
import { startRig } from '../../support/recordingRig.js';
import { SCENARIOS } from './scenarios.js';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** Not a test: `npm run histories` records what is missing, and overwrites nothing. */
describe('recording histories', () => {
  const addressForSeveralRuns = ownServer({ 'limit.historyCount.suggestContinueAsNew': 60 });

  for (const { name, rig: options, input, before, meanwhile, ofSeveralRuns } of SCENARIOS) {
    const file = join(import.meta.dirname, '..', '..', 'histories', `${name}.json`);
    it.skipIf(existsSync(file))(
      name,
      async () => {
        const rig = await startRig({ ...options, ...(ofSeveralRuns && { temporalAddress: addressForSeveralRuns() }) });
        await before?.(rig);
        const recording = await rig.start(input);
        await meanwhile?.(recording, rig);
        // How it ends is the history's business; here it only has to end.
        await recording.result().catch(() => undefined);
        const runs: string[] = [];
        const query = `WorkflowId = "${recording.workflowId}"`;
        for await (const { runId } of rig.client.workflow.list({ query })) runs.push(runId);
        // The newest is listed first.
        const runId = ofSeveralRuns === 'first' ? runs.at(-1) : runs[0];
        const history = await rig.client.workflow.getHandle(recording.workflowId, runId).fetchHistory();
        // Stack traces name files of the machine: a reader needs only those of the project.
        await writeFile(file, `${historyToJSON(history).replaceAll(`${PROJECT}/`, '')}\n`);
      },
      120_000,
    );
  }
});
