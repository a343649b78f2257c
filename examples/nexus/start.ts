import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { RecordingInput } from 'sparkrtc-recorder';
import type { lesson } from './workflows.js';

/*
 * Starts a lesson and waits for its report.
 *
 *   TEMPORAL_NAMESPACE=lessons node .cache/examples/nexus/start.js algebra examples/recording.json
 */
const [name, file] = process.argv.slice(2);
if (name === undefined || file === undefined) {
  console.error('usage: node start.js <name> <file with the recording’s input as JSON>');
  process.exit(2);
}

const recording = JSON.parse(await readFile(file, 'utf8')) as RecordingInput;
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
try {
  const client = new Client({ connection, namespace });
  const report = await client.workflow.execute<typeof lesson>('lesson', {
    workflowId: `lesson:${name}`,
    taskQueue: 'lessons',
    args: [recording],
  });
  console.log(JSON.stringify(report, null, 2));
} finally {
  await connection.close();
}
