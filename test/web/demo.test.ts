import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startProgram } from '../support/child.js';
import { launchBrowser, openContext } from './browser.js';

/** What `npm run demo` prints for a browser. */

const scripts = join(import.meta.dirname, '../../scripts');

const LIMIT = { timeout: 60_000 };

/** What a test needs of the browser's element. */
interface Video {
  play: () => Promise<void>;
  duration: number;
  videoWidth: number;
  videoHeight: number;
  currentTime: number;
}

const positionIn = (page: Page) => page.locator('video').evaluate((video: Video) => video.currentTime);

describe.skipIf(!inject('chromium'))('the demo', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let output = '';
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const args = ['-r', join(scripts, 'requireNode.cjs'), join(scripts, 'demo.mjs')];
    const demo = startProgram(process.execPath, args, { TEMPORAL_CLI_PATH: inject('temporalCli') }, { name: 'demo' });
    cleanUps.push(() => {
      demo.kill('SIGINT');
      return demo.ended;
    });
    await demo.says('Ctrl-C ends it all.');
    output = demo.stdout();
    const browser = await launchBrowser();
    cleanUps.push(() => browser.close());
    context = await openContext(browser);
  }, 240_000);
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  beforeEach(async () => {
    page = await context.newPage();
    return () => page.close();
  });

  it('prints a link that plays', async () => {
    const links = output.match(/^http\S+X-Amz-Signature\S+$/gm) ?? [];
    expect(links).toHaveLength(1);
    const response = await page.goto(links[0] ?? '');
    expect(response?.headers()).toMatchObject({ 'content-type': 'video/mp4', 'accept-ranges': 'bytes' });

    const video = page.locator('video');
    await video.evaluate((one: Video) => one.play());
    await expect.poll(() => positionIn(page), LIMIT).toBeGreaterThan(1);
    const facts = await video.evaluate(({ duration, videoWidth, videoHeight }: Video) => ({
      ...{ duration, videoWidth, videoHeight },
    }));
    expect(facts).toMatchObject({ videoWidth: 1280, videoHeight: 720 });
    // As the table says; the last frame of sound may end a little later.
    expect(output).toMatch(/^MP4 .* 1:00 /m);
    expect(facts.duration).toBeCloseTo(60, 1);

    // As by a click far on its time line.
    await video.evaluate((one: Video) => void (one.currentTime = 50));
    await expect.poll(() => positionIn(page), LIMIT).toBeGreaterThan(51);
  });

  it('prints the address of the recording in Temporal', async () => {
    const [address = ''] = /http:\S+\/workflows\/\S+/.exec(output) ?? [];
    await page.goto(address);
    await page.getByText('"outcome": "recorded"').waitFor();
  });
});
