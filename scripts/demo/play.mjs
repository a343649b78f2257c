// @ts-check
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from '@temporalio/client';
import { print, printFiles, printTitle, ProgressPrinter } from './screen.mjs';
import { distDirectory, setStage } from './stage.mjs';

const POLL_MS = 200;

/**
 * Plays the vendor's example through the client that other services use, and shows it as it happens.
 * @param {{ temporalCli: string, stayUp: boolean }} options
 */
export async function playDemo({ temporalCli, stayUp }) {
  printTitle('Services');
  const { services, connection, webPage } = await setStage(temporalCli);

  const example = await readExample();
  printTitle(`Recording what ${example.userId} sends in ${example.roomId}, as in the vendor's example`);
  /** @type {unknown} */
  const built = await import(pathToFileURL(join(distDirectory, 'client.js')).href);
  const { RecordingClient } = /** @type {typeof import('../../src/client.js')} */ (built);
  const { recording } = await new RecordingClient({ client: new Client({ connection }) }).start(example);
  const result = await services.unlessOneEnds(follow(recording));

  printTitle(`Outcome: ${result.outcome}, ended by ${result.endedBy}; in bucket ${example.recordRule.obsAddr.bucket}:`);
  printFiles(result);
  printTitle('Every step, with its input, its result and its retries:');
  print(`  ${webPage}/namespaces/default/workflows/${encodeURIComponent(recording.workflowId)}`);
  if (!stayUp) return;
  print('\nCtrl-C ends it all.');
  await services.unlessOneEnds(new Promise(() => undefined));
}

/** The vendor's "Example 1: Creating a Single Stream Recording Job"; docker-compose.yml plays the same file. */
async function readExample() {
  /** @type {unknown} */
  const example = JSON.parse(await readFile(join(import.meta.dirname, 'recording.json'), 'utf8'));
  return /** @type {import('../../src/client.js').RecordingInput} */ (example);
}

/** @param {import('../../src/client.js').Recording} recording */
async function follow(recording) {
  const progress = new ProgressPrinter();
  for (;;) {
    const status = await recording.status();
    progress.show(status);
    if (status.phase === 'failed' || status.phase === 'cancelled' || status.phase === 'completed') break;
    await sleep(POLL_MS);
  }
  return recording.result();
}
