import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, it } from 'vitest';
import { ownServer } from '../../support/temporalServer.js';
import { WORKFLOW_TYPE } from '../../../src/contract/workflowId.js';
import { HISTORIES, historyFiles, UNRELEASED } from '../../support/histories.js';
import { startRig } from '../../support/recordingRig.js';
import { SCENARIOS } from './scenarios.js';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** Not a test: `npm run histories` records what is missing, and overwrites nothing. */
describe('recording histories', () => {
  const known = new Set(historyFiles().map(({ name }) => name));
  const addressForSeveralRuns = ownServer({ 'limit.historyCount.suggestContinueAsNew': 60 });

  for (const { name, rig: options, input, before, meanwhile, ofSeveralRuns, of } of SCENARIOS) {
    it.skipIf(known.has(name))(
      name,
      async () => {
        const rig = await startRig({ ...options, ...(ofSeveralRuns && { temporalAddress: addressForSeveralRuns() }) });
        await before?.(rig);
        const recording = await rig.start(input);
        await meanwhile?.(recording, rig);
        // How it ends is the history's business; here it only has to end.
        await recording.result().catch(() => undefined);
        const runs: { workflowId: string; runId: string }[] = [];
        const type = of ?? WORKFLOW_TYPE;
        const query = `TaskQueue = "${rig.taskQueue}" AND WorkflowType = "${type}"`;
        for await (const { workflowId, runId } of rig.client.workflow.list({ query })) {
          if (of || workflowId === recording.workflowId) runs.push({ workflowId, runId });
        }
        // The newest is listed first.
        const run = ofSeveralRuns === 'first' ? runs.at(-1) : runs[0];
        if (!run) throw new Error(`no ${type} was found`);
        const history = await rig.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
        // Stack traces name files of the machine: a reader needs only those of the project.
        await mkdir(join(HISTORIES, UNRELEASED), { recursive: true });
        const file = join(HISTORIES, UNRELEASED, `${name}.json`);
        await writeFile(file, `${historyToJSON(history).replaceAll(`${PROJECT}/`, '')}\n`);
      },
      120_000,
    );
  }
});
