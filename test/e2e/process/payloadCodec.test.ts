import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { beforeAll, expect, it } from 'vitest';
import { RecordingClient } from '../../../src/client.js';
import { loadPayloadCodecs } from '../../../src/payloadCodec.js';
import { deploy, type Deployment } from '../../support/deployment.js';

/** Hides a payload well enough for a test. */
const MODULE = `
const encoding = Buffer.from('binary/encrypted');
const flip = (bytes) => Buffer.from(bytes, 'latin1').map((byte) => byte ^ 255);
const encode = ({ metadata, data }) => ({
  metadata: { encoding, was: metadata.encoding },
  data: flip(data ?? []),
});
const decode = (payload) =>
  Buffer.from(payload.metadata.encoding).equals(encoding)
    ? { metadata: { encoding: payload.metadata.was }, data: flip(payload.data) }
    : payload;
export const codec = {
  encode: async (payloads) => payloads.map(encode),
  decode: async (payloads) => payloads.map(decode),
};
`;

let path: string;
let payloadCodecs: PayloadCodec[];

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'codec-'));
  path = join(directory, 'codec.mjs');
  await writeFile(path, MODULE);
  payloadCodecs = await loadPayloadCodecs(path);
  return () => rm(directory, { recursive: true });
});

function withCodec({ client, taskQueue }: Deployment): RecordingClient {
  const { connection } = client;
  return new RecordingClient({ client: new Client({ connection, dataConverter: { payloadCodecs } }), taskQueue });
}

it('a recording whose data is encrypted, by caller, worker and receiver', async (test) => {
  const deployment = await deploy(test, {}, { environment: { TEMPORAL_PAYLOAD_CODEC: path } });
  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  const { recording, workflowId } = await withCodec(deployment).start(deployment.input());
  expect(await recording.result()).toMatchObject({ outcome: 'recorded', endedBy: 'callback' });

  const { events } = await deployment.client.workflow.getHandle(workflowId).fetchHistory();
  const data = JSON.stringify(events, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
  expect(data).not.toMatch(/"obsAddr"|\.mp4/);
});

it('is rejected by a worker without a codec, in plain words', async (test) => {
  const deployment = await deploy(test);
  await deployment.startWorker();
  const { recording } = await withCodec(deployment).start(deployment.input());
  await expect(recording.result()).rejects.toMatchObject({
    type: 'InvalidInput',
    reason: expect.stringMatching(/encoding "binary\/encrypted".*Set TEMPORAL_PAYLOAD_CODEC/) as string,
  });
});

it('a module that cannot be used is named', async () => {
  await expect(loadPayloadCodecs('/nonexistent/codec.mjs')).rejects.toThrow(
    /^TEMPORAL_PAYLOAD_CODEC \/nonexistent\/codec\.mjs: Cannot find module/,
  );
  const none = join(path, '../none.mjs');
  await writeFile(none, 'export const other = 1;');
  await expect(loadPayloadCodecs(none)).rejects.toThrow('exports no codec');
});
