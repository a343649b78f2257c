import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bareActivities, type BareVendor } from './bareActivities.js';

/** The process of the reference: one worker with the SDK's defaults. */
Runtime.install({ logger: new DefaultLogger('WARN') });
const { TEMPORAL_ADDRESS: address = '', TEMPORAL_TASK_QUEUE: taskQueue = '', BARE_VENDOR = '' } = process.env;
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./bareWorkflow.js', import.meta.url)),
  activities: bareActivities(JSON.parse(BARE_VENDOR) as BareVendor),
});
console.log('the worker is ready');
await worker.run();
await connection.close();
