import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Recording } from '../../src/client.js';
import { launchBrowser, openContext, takePicture } from './browser.js';
import { setStage, type Stage } from './stage.js';

/** What a person reads of recordings in Temporal's Web UI. */

const LIMIT = { timeout: 60_000, interval: 250 };

describe.skipIf(!inject('chromium'))("Temporal's Web UI", () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let context: BrowserContext;
  let stage: Stage;
  let page: Page;

  beforeAll(async () => {
    stage = await setStage((cleanUp) => cleanUps.push(cleanUp));
    const browser = await launchBrowser();
    cleanUps.push(() => browser.close());
    context = await openContext(browser);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }, 120_000);
  beforeEach(async () => {
    page = await context.newPage();
    return () => page.close();
  });

  async function open({ workflowId }: Recording, tab?: string): Promise<void> {
    await page.goto(`${stage.webUi}/${encodeURIComponent(workflowId)}`);
    if (tab !== undefined) await page.getByRole('tab', { name: tab }).click();
  }

  /** The texts of a recording stand in frames of their own: summary, details and current details, in this order. */
  const frame = (name: 'summary' | 'currentDetails'): Locator =>
    page.locator('iframe').nth({ summary: 0, currentDetails: 2 }[name]);
  const textsIn = (name: 'summary' | 'currentDetails'): Locator => frame(name).contentFrame().getByRole('main');

  it('lists the recordings of one room, with their phase and outcome', async () => {
    await page.goto(`${stage.webUi}?query=${encodeURIComponent('RecordingRoom = "room001"')}`);
    await page.getByRole('button', { name: 'Configure Columns' }).click();
    for (const column of ['Run ID', 'Type', 'End']) {
      await page.getByRole('button', { name: `Remove ${column} column` }).click();
    }
    for (const column of ['RecordingPhase', 'RecordingOutcome']) {
      await page.getByRole('button', { name: `Add ${column} column` }).click();
    }
    await page.getByRole('button', { name: 'Close Workflows Table configuration' }).click();

    const table = page.getByRole('table', { name: 'Workflows' });
    await vi.waitFor(async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await table
        .getByRole('link', { name: /^recording:/ })
        .first()
        .waitFor();
      const rows = await table.locator('tbody').getByRole('row').all();
      const texts = await Promise.all(rows.map(async (row) => (await row.getByRole('cell').allInnerTexts()).slice(2)));
      const shown = texts.map(([status, id, _start, phase, outcome]) => [id, status, phase, outcome]);
      expect(shown.toSorted()).toEqual([
        [stage.running.workflowId, 'RUNNING', 'recording', ''],
        [stage.finished.workflowId, 'COMPLETED', 'completed', 'recorded'],
        [stage.waiting.workflowId, 'RUNNING', 'waitingForParticipant', ''],
      ]);
    }, LIMIT);
    await takePicture(page, 'list', { last: table });
  });

  it('tells what a recording does and waits for', async () => {
    await open(stage.running, 'User Metadata');
    await textsIn('summary').getByText('Camera of user001 in room001').waitFor();
    const details = textsIn('currentDetails');
    await details.getByRole('heading', { name: 'Camera of user001 in room001' }).waitFor();
    const { jobId } = await stage.running.status();
    for (const text of [
      'Waits for',
      'the end of the job. The job is polled every',
      String(jobId),
      'RECORD_NEW_FILE_START',
      'Start the recording job',
      'running',
    ]) {
      await details.getByText(text).first().waitFor();
    }
    await takePicture(page, 'running', { last: frame('currentDetails') });
  });

  it('shows the error of a step that keeps failing', async () => {
    await open(stage.hindered, 'Pending Activities');
    await page.getByText('ensureRecordRule').first().waitFor();
    await page
      .getByText(/SparkRTC GET .*record-rules was rejected with 503/)
      .first()
      .waitFor();
    await page.getByText('VendorUnavailable').first().waitFor();
    // What follows is for programmers.
    await takePicture(page, 'failing-step', { next: page.getByText('Stack Trace') });

    await page.getByRole('tab', { name: 'User Metadata' }).click();
    await textsIn('currentDetails').getByText('its error is shown under Pending Activities').waitFor();
  });

  it('shows the pending poll with its last result', async () => {
    await open(stage.polled, 'Pending Activities');
    await page.getByText('pollIndividualStreamJob').first().waitFor();
    const { jobId } = await stage.polled.status();
    await page.getByText(`Job ${jobId} is in RUNNING.`).first().waitFor();
    await page.getByText('NotYet').first().waitFor();
  });

  it('shows what a finished recording has brought, and every step, wait and message on the way', async () => {
    const { files } = await stage.finished.result();
    const object = String(files[0]?.object);
    await open(stage.finished);
    await page.getByText('"outcome": "recorded"').waitFor();
    await page.getByText(object).waitFor();
    for (const text of [
      'authenticate • Step 1: prove the credentials',
      'startIndividualStreamJob • Step 6: start the recording job',
      'Until the state of the job is polled',
      'recordingEvent',
      'stopRecording',
      'listRecordingFiles • Step 7: list the files in the bucket',
    ]) {
      await page.getByText(text).filter({ visible: true }).first().waitFor();
    }

    await page.getByRole('tab', { name: 'User Metadata' }).click();
    const details = textsIn('currentDetails');
    await details.getByText('recorded', { exact: true }).waitFor();
    await details.getByText(object).waitFor();
    await takePicture(page, 'finished-details', { last: frame('currentDetails') });
  });

  it('says why a recording failed, and what to do', async () => {
    await open(stage.failed);
    await page
      .getByText(/Camera of user005 in room004/)
      .first()
      .waitFor();
    const advice =
      /Check HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME of the worker, or HW_ACCESS_KEY and HW_SECRET_KEY/;
    await page.getByText(advice).first().waitFor();

    await page.getByRole('tab', { name: 'User Metadata' }).click();
    await textsIn('currentDetails').getByText(advice).waitFor();
    await takePicture(page, 'failed', { last: frame('currentDetails') });
  });
});
