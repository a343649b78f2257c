import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DEFAULT_TASK_QUEUE, RecordingClient } from 'sparkrtc-recorder';
import { PendingReports } from './pendingReports.js';
import { Reporter } from './reporter.js';
import { buildService, type ServiceOptions } from './service.js';

/*
 * `node .cache/examples/fastify/main.js`; beside Temporal's own variables:
 *
 *   WEBHOOK_TOKEN   what callers of the webhook have to show
 *   REPORT_URL      where reports are sent to
 *   RECORDED        a file with what all recordings have in common: a recording's input without room and user
 *   PENDING         a directory for what is not reported yet
 *   PORT            of 127.0.0.1, default 3000
 */
const { PORT = '3000', TEMPORAL_TASK_QUEUE: taskQueue = DEFAULT_TASK_QUEUE } = process.env;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
// It connects with the first call, so that the service starts and lives while Temporal is away.
const connection = Connection.lazy(connectionOptions);
const client = new Client({ connection, namespace });
const pending = await PendingReports.open(required('PENDING'));
const reportUrl = required('REPORT_URL');

const service = buildService({
  recordings: new RecordingClient({ client, taskQueue }),
  client,
  reporter: ({ log }) => new Reporter({ client, pending, reportUrl, logger: log }),
  token: required('WEBHOOK_TOKEN'),
  recorded: JSON.parse(await readFile(required('RECORDED'), 'utf8')) as ServiceOptions['recorded'],
});
service.addHook('onClose', () => connection.close());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void service.close());
await service.listen({ host: '127.0.0.1', port: Number(PORT) });

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
