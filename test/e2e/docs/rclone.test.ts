import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Simulator } from '../../../simulator/simulator.js';
import { commandsOf, read } from './pages.js';

/*
 * The page on fetching files, with the rclone that its reader has: the settings and the commands as they stand
 * there, against the simulator, which lists as
 * OBS does.
 */

const PAGE = 'docs/files.md';

function hasRclone(): boolean {
  try {
    execFileSync('rclone', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('WITHOUT rclone: the settings of docs/files.md are not tried.');
    return false;
  }
}

describe.skipIf(!hasRclone())('the settings for rclone', () => {
  it('list and copy a bucket of more than one page', async () => {
    const accessKeys = [{ accessKey: 'ACCESSKEYOFRCLONE001', secretKey: 'secret-of-rclone' }];
    const simulator = await Simulator.start({ accessKeys });
    onTestFinished(() => simulator.stop());
    const folder = mkdtempSync(join(tmpdir(), 'sparkrtc-recorder-rclone-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const keys = Array.from({ length: 1_203 }, (_, index) => `Record/${String(index).padStart(4, '0')}/a b.mp4`);
    for (const key of keys) simulator.putObject('obsName', key, { content: Buffer.from(key) });

    const settings = /^```ini\n(\[obs\]\n[\s\S]*?)^```/m.exec(read(PAGE))?.[1] ?? '';
    expect(settings).toContain('endpoint = obs.cn-north-4.myhuaweicloud.com');
    const here = settings
      .replace(/^access_key_id = .*/m, `access_key_id = ${accessKeys[0]?.accessKey}`)
      .replace(/^secret_access_key = .*/m, `secret_access_key = ${accessKeys[0]?.secretKey}`)
      // What differs on one machine: no TLS, and no host name for each bucket.
      .replace(/^endpoint = .*/m, `endpoint = ${simulator.url}\nforce_path_style = true`);
    writeFileSync(join(folder, 'rclone.conf'), here);

    const [list = '', copy = '', ...others] = commandsOf(PAGE).filter((line) => line.startsWith('rclone '));
    expect(others).toEqual([]);
    // What the machine's own environment says of proxies and certificates is no concern of a server beside it.
    const env = { PATH: process.env['PATH'], HOME: folder };
    const run = async (line: string) =>
      (await promisify(execFile)('bash', ['-c', line], { cwd: folder, env, timeout: 60_000 })).stdout;
    const listed = (await run(list)).split('\n').filter((line) => line !== '' && !line.endsWith('/'));
    expect(listed.map((name) => `Record/${name}`).sort()).toEqual(keys);
    await run(copy);
    expect(readFileSync(join(folder, 'recordings', '1202', 'a b.mp4'), 'utf8')).toBe('Record/1202/a b.mp4');
  }, 120_000);
});
