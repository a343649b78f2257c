import { ListObjectsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { prepare, send, startReceiver, startSimulator, TOKEN_REQUEST } from './vendorClient.js';

const SKEW = -3 * 3_600_000;
const accessKey = { accessKey: 'AK', secretKey: 'SK' };
const MINUTE = 60_000;

/** How far a time is from the vendor's, whose clock is three hours behind. */
const off = (time: string | null) => Math.abs(Date.parse(time ?? '') - (Date.now() + SKEW));

function s3(url: string) {
  return new S3Client({
    region: 'cn-north-4',
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey.accessKey, secretAccessKey: accessKey.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
}

describe('a vendor whose clock is behind', () => {
  it('writes its own time wherever it writes a time', async () => {
    const simulator = await startSimulator({ clockSkewMs: SKEW });
    const receiver = await startReceiver();
    const token = await send(`${simulator.url}/v3/auth/tokens`, 'POST', TOKEN_REQUEST);
    const { startJob, appId } = await prepare(simulator, receiver.url);
    const job = await startJob();
    const listing = await fetch(`${simulator.url}/obsName/`);
    simulator.sendCallback(appId, { event_type: 'X' });
    const ofX = () => receiver.events().find(({ event }) => event.event_type === 'X');
    await expect.poll(ofX, { timeout: 60_000 }).toBeDefined();

    const stamps = {
      'IAM Date': token.headers.get('date'),
      'IAM issued_at': token.body.token.issued_at,
      'SparkRTC Date': job.headers.get('date'),
      'SparkRTC create_time': job.body.create_time,
      'OBS Date': listing.headers.get('date'),
      'X-Rtc-Timestamp': new Date(Number(ofX()?.headers['x-rtc-timestamp']) * 1000).toISOString(),
    };
    for (const [what, stamp] of Object.entries(stamps)) expect(off(stamp), `${what} ${stamp}`).toBeLessThan(MINUTE);
  });

  it('rejects signatures more than 15 minutes off, until the client has learned the difference', async () => {
    const simulator = await startSimulator({ clockSkewMs: SKEW, accessKeys: [accessKey] });
    const client = s3(simulator.url);
    const list = () => client.send(new ListObjectsCommand({ Bucket: 'obsName' }));
    await expect(list()).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    expect(await list()).toMatchObject({ IsTruncated: false });
    client.destroy();
  });

  it('takes signatures that are less than that off', async () => {
    const simulator = await startSimulator({ clockSkewMs: 14 * MINUTE, accessKeys: [accessKey] });
    const client = s3(simulator.url);
    expect(await client.send(new ListObjectsCommand({ Bucket: 'obsName' }))).toMatchObject({ IsTruncated: false });
    client.destroy();
  });
});
