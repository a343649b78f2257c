import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { FailureType, RecordingClient, RecordingFailedError, RecordingNotFoundError } from 'sparkrtc-recorder';

/*
 * Waits for a recording that another process has started, perhaps on another day. The workflow id is all it needs.
 *
 *   node .cache/examples/await-result/awaitResult.js recording:rtctest:room001:user001:camera
 */

/** The vendor may be well again later. Any other failure would only come back. */
const WORTH_ANOTHER_TRY: readonly string[] = [FailureType.VendorUnavailable, FailureType.JobStartUnknown];

const [workflowId] = process.argv.slice(2);
if (workflowId === undefined) {
  console.error('usage: node awaitResult.js <workflow id>');
  process.exit(2);
}

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
try {
  const recording = new RecordingClient({ client: new Client({ connection, namespace }) }).get(workflowId);
  // For one that has ended, the result comes at once, as long as the namespace keeps it.
  const { outcome, files, warnings } = await recording.result();
  console.log(JSON.stringify({ outcome, files: files.map(({ bucket, object }) => `${bucket}/${object}`), warnings }));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
} finally {
  await connection.close();
}

function explain(error: unknown): string {
  if (error instanceof RecordingNotFoundError) return error.message;
  // Anything else, such as a server that is away, says nothing about the recording: wait again.
  if (!(error instanceof RecordingFailedError)) throw error;
  const { type, reason } = error;
  if (type === 'Cancelled') return 'The recording was cancelled: its job was stopped, and no files were looked for.';
  if (type === 'Terminated' || type === 'TimedOut') return `The recording was ended from outside: ${reason}`;
  const advice = WORTH_ANOTHER_TRY.includes(type) ? 'try again later' : 'fix that first';
  return `The recording failed (${type}; ${advice}): ${reason}`;
}
