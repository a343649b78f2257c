import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { recordingsHandler } from './handler.js';
import { NEXUS_TASK_QUEUE } from './service.js';

/** Serves the operations, in the namespace of the recordings: `node .cache/examples/nexus/handlerWorker.js`. */
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: NEXUS_TASK_QUEUE,
    nexusServices: [recordingsHandler],
  });
  console.log('the worker for the operations is ready');
  await worker.run();
} finally {
  await connection.close();
}
