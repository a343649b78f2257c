import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';

/** A worker for meetings: `node .cache/examples/child-workflow/worker.js`. The recorder has its own workers. */
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'meetings',
    workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
  });
  console.log('the worker for meetings is ready');
  await worker.run();
} finally {
  await connection.close();
}
