import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createRecordingsHandler } from 'sparkrtc-recorder-worker/nexus';

/** The endpoint's task queue, in the recorder's namespace. */
const NEXUS_TASK_QUEUE = 'recordings-nexus';

const taskQueue = process.env['TEMPORAL_TASK_QUEUE'];

/** Serves the operations, in the namespace of the recordings: `node .cache/examples/nexus/handlerWorker.js`. */
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: NEXUS_TASK_QUEUE,
    nexusServices: [createRecordingsHandler(taskQueue === undefined ? {} : { taskQueue })],
  });
  console.log('the worker for the operations is ready');
  await worker.run();
} finally {
  await connection.close();
}
