import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';

/** A worker of the other team:
 * `TEMPORAL_NAMESPACE=lessons node .cache/examples/nexus/callerWorker.js`. */
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'lessons',
    workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
  });
  console.log('the worker for lessons is ready');
  await worker.run();
} finally {
  await connection.close();
}
