import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';

interface Body {
  event_type: string;
  room_id: string;
  job_id: string;
  stream_name: string;
}

/** The process of the reference: it sends what comes as a signal, and looks at nothing. */
const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const client = new Client({ connection });
const server = createServer((request, response) => {
  const deliver = async () => {
    const body = await text(request);
    // The vendor tries the URL with an empty body.
    if (body !== '') {
      const {
        event_type: eventType,
        room_id: roomId,
        job_id: jobId,
        stream_name: streamName,
      } = JSON.parse(body) as Body;
      const userId = streamName.slice(`s_${jobId}_${roomId}_`.length);
      const handle = client.workflow.getHandle(`bare:${roomId}:${userId}`);
      await handle.signal('recordingEvent', { ...(JSON.parse(body) as object), eventType });
    }
    response.end();
  };
  deliver().catch((error: unknown) => {
    console.error(error);
    response.writeHead(503).end();
  });
}).listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`listening at ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
