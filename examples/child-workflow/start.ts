import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { RecordingInput } from 'sparkrtc-recorder';
import type { meeting } from './workflows.js';

/*
 * Starts a meeting and waits for its report.
 *
 *   node .cache/examples/child-workflow/start.js "Weekly" examples/recording.json
 */
const [title, file] = process.argv.slice(2);
if (title === undefined || file === undefined) {
  console.error('usage: node start.js <title> <file with the recording’s input as JSON>');
  process.exit(2);
}

const recording = JSON.parse(await readFile(file, 'utf8')) as RecordingInput;
const { TEMPORAL_TASK_QUEUE: recordingTaskQueue } = process.env;
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
try {
  const client = new Client({ connection, namespace });
  const report = await client.workflow.execute<typeof meeting>('meeting', {
    workflowId: `meeting:${title}`,
    taskQueue: 'meetings',
    args: [{ title, recording, ...(recordingTaskQueue !== undefined && { recordingTaskQueue }) }],
  });
  console.log(JSON.stringify(report, null, 2));
} finally {
  await connection.close();
}
