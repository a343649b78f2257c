import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { inject } from 'vitest';

/** For what a page is to show; far more than it ever takes. */
const LIMIT = 45_000;

/** Between the last thing in a picture and its edge, or its edge and the next thing. */
const MARGIN = 8;

const picturesDirectory = join(
  import.meta.dirname,
  '../..',
  process.env['WEB_PICTURES'] ? 'docs/images' : '.cache/webpage',
);

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: inject('chromium') });

/** An operator's browser on a high screen, so that nothing has to be scrolled; its clock shows UTC. */
export async function openContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1500, height: 1400 },
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(LIMIT);
  // Temporal's news have nothing to do with it, and a machine may have no way out.
  await context.route('https://newsfeed.temporal.io/**', (route) => route.abort());
  return context;
}

/**
 * Keeps what the page shows, without its navigation, down to the lower edge of `last`, or to the upper edge of
 * `next`.
 */
export async function takePicture(
  page: Page,
  name: string,
  until: { last: Locator } | { next: Locator },
): Promise<void> {
  const main = await boxOf(page.getByRole('main'));
  const edge = await boxOf('next' in until ? until.next : until.last);
  const bottom = 'next' in until ? edge.y - MARGIN : edge.y + edge.height + MARGIN;
  const clip = { ...main, height: bottom - main.y };
  await page.screenshot({ path: join(picturesDirectory, `${name}.png`), clip, animations: 'disabled' });
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${String(locator)} is not to be seen on the page`);
  return box;
}
