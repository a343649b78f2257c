import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RecordedFile } from '../../../src/client.js';
import { PASSWORD, startRig, type RecordingRig } from '../../support/recordingRig.js';
import type { Environment } from '../../support/child.js';
import { cli, keyOf, ofRig } from './cli.js';

const KEYS = { accessKey: 'canary-access-key', secretKey: 'canary-secret-key-4711' };

const storage = ({ simulator }: RecordingRig): Environment => ({
  OBS_ENDPOINT: simulator.url,
  OBS_PATH_STYLE: 'true',
});

const account = ({ simulator }: RecordingRig): Environment => ({
  ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: 'domainname' },
  ...{ IAM_ENDPOINT: simulator.url, SPARKRTC_ENDPOINT: simulator.url },
});

const linksIn = (stdout: string): string[] => stdout.split('\n').filter((line) => line.startsWith('http'));

type Linked = RecordedFile & { link: string; linkExpiresAt: string };

it('lists the files in the bucket, with links only where they are asked for', async () => {
  const rig = await startRig({ simulator: { accessKeys: [KEYS] } });
  const { files } = await (await rig.start()).result();
  const place = `${files[0]?.bucket}/${files[0]?.object}`;
  const environment = { ...ofRig(rig), ...storage(rig), HW_ACCESS_KEY: KEYS.accessKey, HW_SECRET_KEY: KEYS.secretKey };

  const plain = await cli(['files', ...keyOf(rig)], { environment });
  expect(plain).toMatchObject({ code: 0, stderr: '' });
  expect(plain.stdout).toMatch(/^FORMAT +SIZE +DURATION +PLACE\nMP4 +[\d.]+ .?B +0:\d\d {2}obsName\/\S+\n$/);
  expect(plain.stdout).toContain(place);
  const json = await cli(['files', ...keyOf(rig), '--json'], { environment });
  expect(JSON.parse(json.stdout)).toEqual(files);

  const linked = await cli(['files', ...keyOf(rig), '--links', '--expires', '10 minutes'], { environment });
  expect(linked.code).toBe(0);
  expect(linked.stderr).toMatch(
    /Anyone who has a link can read the file\. The links expire at 20\d\d-\S+ \S+ UTC; the same command prints new ones/,
  );
  const [link = '', ...others] = linksIn(linked.stdout);
  expect(others).toEqual([]);
  const response = await fetch(link);
  expect(response.status).toBe(200);
  expect((await response.arrayBuffer()).byteLength).toBe(files[0]?.size);
  expect((await fetch(link.replace(/X-Amz-Signature=\w/, 'X-Amz-Signature='))).status).toBe(403);
  expect(linked.stdout + linked.stderr).not.toContain(KEYS.secretKey);
});

it('signs with temporary keys where there are no others; a link that has expired is rejected', async () => {
  const rig = await startRig();
  await (await rig.start()).result();
  const environment = { ...ofRig(rig), ...storage(rig), ...account(rig) };
  const response = await cli(['files', ...keyOf(rig), '--links', '--json', '--expires', '3 seconds'], { environment });
  expect(response).toMatchObject({ code: 0, stderr: '' });
  const [file] = JSON.parse(response.stdout) as Linked[];
  const { link, linkExpiresAt } = file as Linked;
  expect(response.stdout).not.toContain(PASSWORD);
  // On a busy machine it may be over already; then the first response is no use.
  if (Date.now() < Date.parse(linkExpiresAt) - 500) expect((await fetch(link)).status).toBe(200);
  await sleep(Math.max(0, Date.parse(linkExpiresAt) - Date.now()) + 1_100);
  expect((await fetch(link)).status).toBe(403);

  // Keys that live for an hour sign nothing for longer.
  const long = await cli(['files', ...keyOf(rig), '--links', '--expires', '7 days'], { environment });
  expect(long.stderr).toContain('with the temporary keys that signed them');
  const [ends = ''] = /20\d\d-\S+ \S+(?= UTC)/.exec(long.stderr) ?? [];
  expect(Date.parse(`${ends}Z`)).toBeLessThan(Date.now() + 2 * 3_600_000);
});

it('says in one line that the credentials are wrong, without them', async () => {
  const rig = await startRig();
  await (await rig.start()).result();
  const environment = { ...ofRig(rig), ...storage(rig), ...account(rig), HW_USER_PASSWORD: 'canary-wrong' };
  const { code, stdout, stderr } = await cli(['files', ...keyOf(rig), '--links'], { environment });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^IAM POST \/v3\/auth\/tokens was rejected with 401.*\n$/);
  expect(stderr).not.toContain('canary');
});

it('while it runs, lists what was announced', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  await expect.poll(async () => (await recording.status()).phase, { timeout: 60_000 }).toBe('recording');
  const { code, stdout } = await cli(['files', ...keyOf(rig)], { environment: ofRig(rig) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'The recording has no files.\n' });
  await recording.stop();
  await recording.result();
});
