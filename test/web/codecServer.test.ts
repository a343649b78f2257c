import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Page } from 'playwright-core';
import { beforeAll, expect, inject, it, type TestContext } from 'vitest';
import { buildExamples } from '../../scripts/packages.mjs';
import { cacheDirectory } from '../../scripts/setup.mjs';
import { RecordingClient } from '../../src/client.js';
import { loadPayloadCodecs } from '../../src/payloadCodec.js';
import { registerSearchAttributes } from '../../src/temporal/searchAttributes.js';
import { startProgram } from '../support/child.js';
import { deploy } from '../support/deployment.js';
import { freePort } from '../support/freePort.js';
import { launchBrowser, openContext } from './browser.js';

/** An encrypted recording in Temporal's Web UI, with the codec server of examples/payload-codec and without. */

const examples = join(cacheDirectory, 'examples', 'payload-codec');
const TEMPORAL_PAYLOAD_CODEC = join(examples, 'aesGcmCodec.js');
const PAYLOAD_KEYS = `2026-02:${Buffer.alloc(32, 7).toString('base64')}`;

/** A finished recording whose caller, worker and receiver encrypt, and the address of the codec server. */
async function setStage(test: TestContext): Promise<{ path: string; uiPort: number; codecServer: string }> {
  const uiPort = await freePort();
  const { address, connection, teardown } = await startTemporal(uiPort);
  test.onTestFinished(teardown);
  await registerSearchAttributes(connection, 'default');

  const environment = { TEMPORAL_PAYLOAD_CODEC, PAYLOAD_KEYS };
  const deployment = await deploy(test, {}, { temporalAddress: address, environment });
  await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
  process.env['PAYLOAD_KEYS'] = PAYLOAD_KEYS;
  const payloadCodecs = await loadPayloadCodecs(TEMPORAL_PAYLOAD_CODEC);
  const client = new Client({ connection: deployment.client.connection, dataConverter: { payloadCodecs } });
  const recordings = new RecordingClient({ client, taskQueue: deployment.taskQueue });
  const { recording, workflowId } = await recordings.start(deployment.input());
  await recording.result();

  const port = await freePort();
  const ofServer = { PORT: String(port), WEB_UI_ORIGIN: `http://localhost:${uiPort}` };
  const server = startProgram(process.execPath, [join(examples, 'codecServer.js')], { ...ofServer, PAYLOAD_KEYS });
  test.onTestFinished(() => {
    server.kill('SIGKILL');
    return server.ended.then(() => undefined);
  });
  await server.says('codec server at');
  const path = `namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  return { path, uiPort, codecServer: `http://localhost:${port}` };
}

async function startTemporal(uiPort: number) {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCli') },
      uiPort,
      log: { format: 'pretty', level: 'error' },
    },
  });
  return { ...environment, teardown: () => environment.teardown() };
}

/** As a reader of the page does, who has no say in the server's own setting. */
async function setCodecServer(page: Page, endpoint: string): Promise<void> {
  await page.getByRole('button', { name: 'Configure Codec Server' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Use my browser setting').click();
  await dialog.getByRole('textbox').fill(endpoint);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.reload();
}

beforeAll(() => {
  if (inject('chromium')) buildExamples();
});

it.skipIf(!inject('chromium'))(
  'the Web UI decrypts an encrypted recording, and no page of others can',
  async (test) => {
    const { path, uiPort, codecServer } = await setStage(test);
    const browser = await launchBrowser();
    test.onTestFinished(() => browser.close());
    const context = await openContext(browser);
    const shown = ['"roomId": "room001"', '"outcome": "recorded"'];

    const page = await context.newPage();
    await page.goto(`http://localhost:${uiPort}/${path}`);
    await page.getByText('startIndividualStreamJob').first().waitFor();
    for (const text of shown) expect(await page.getByText(text).count()).toBe(0);
    await setCodecServer(page, codecServer);
    for (const text of shown) await page.getByText(text).first().waitFor();
    await page.getByRole('tab', { name: 'User Metadata' }).click();
    await page.locator('iframe').first().contentFrame().getByText('Camera of user001 in room001').waitFor();

    // The same server, but another origin than WEB_UI_ORIGIN.
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${uiPort}/${path}`);
    const rejected = other.waitForEvent('requestfailed', (request) => request.url().startsWith(codecServer));
    await setCodecServer(other, codecServer);
    await rejected;
    for (const text of shown) expect(await other.getByText(text).count()).toBe(0);
  },
);
