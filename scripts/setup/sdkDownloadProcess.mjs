// @ts-check
/**
 * Process: has the Temporal SDK download an ephemeral server, starts it once and stops it, since the SDK has no download alone.
 * Arguments: `dev-server` or `time-skipping`, the version, the directory.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [server, version, downloadDir] = process.argv.slice(2);
if (!version || !downloadDir)
  throw new Error('usage: sdkDownloadProcess.mjs dev-server|time-skipping VERSION DIRECTORY');
const options = { server: { executable: { type: /** @type {const} */ ('cached-download'), version, downloadDir } } };
try {
  const environment = await (server === 'time-skipping'
    ? TestWorkflowEnvironment.createTimeSkipping(options)
    : TestWorkflowEnvironment.createLocal(options));
  await environment.teardown();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
