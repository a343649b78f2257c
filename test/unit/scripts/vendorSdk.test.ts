import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensureVendorSdk } from '../../../scripts/setup/vendorSdk.mjs';

/** Where nothing can be installed: a file stands in place of the directory. */
async function noDirectory(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'set-up-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const path = join(parent, 'cache');
  await writeFile(path, '');
  return path;
}

it("says loudly that there is no vendor's SDK, and goes on", async () => {
  const lines: string[] = [];
  const directory = await noDirectory();
  const found = await ensureVendorSdk({ environment: {}, directory, report: (line) => lines.push(line) });
  expect(found).toBeUndefined();
  expect(lines.join('\n')).toContain("WITHOUT the vendor's SDK");
});

it('fails in CI', async () => {
  const directory = await noDirectory();
  const asked = ensureVendorSdk({ environment: { CI: 'true' }, directory, report: () => undefined });
  await expect(asked).rejects.toThrow();
});
