import { createHmac } from 'node:crypto';

export const PRESENT = 'canary-present-key-0123456789abcdef';
export const PREVIOUS = 'canary-previous-key-0123456789abcde';

/** The vendor's side, from its papers: lower-case hex HMAC-SHA256 over rand, timestamp and the raw body. */
export function hmac(key: string, rand: string, timestamp: string, body: Buffer | string): string {
  return createHmac('sha256', key).update(rand).update(timestamp).update(body).digest('hex');
}

type SignatureHeader = 'X-Rtc-Rand' | 'X-Rtc-Timestamp' | 'X-Rtc-Signature';

/** The three headers of a callback that the vendor has signed. */
export function signed(
  body: Buffer | string,
  key = PRESENT,
  timestamp = String(Date.now()),
): Record<SignatureHeader, string> {
  return {
    'X-Rtc-Rand': '12345678',
    'X-Rtc-Timestamp': timestamp,
    'X-Rtc-Signature': hmac(key, '12345678', timestamp, body),
  };
}

/** The body of a file's event as the vendor's page shows it, with both links. */
export const FILE_COMPLETE = {
  event_type: 'RECORD_FILE_COMPLETE',
  job_id: '607f87cf00d861eeefffa6c88054cdab',
  stream_name: 's_607f87cf00d861eeefffa6c88054cdab_room001_user001',
  app_id: '5ff9701f2346968bb306cb43',
  room_id: 'room001',
  record_format: 'MP4',
  download_url: 'https://example.com/file.mp4?X-Amz-Signature=canary-link',
  file_size: 5_242_880,
  record_duration: 62.5,
  width: 1280,
  height: 720,
  start_time: '2021-04-21T10:51:55Z',
  end_time: '2021-04-21T10:52:57Z',
  obs_location: 'https://obsName.obs.cn-north-4.myhuaweicloud.com/Record/file.mp4?canary-link',
  obs_bucket: 'obsName',
  obs_object: 'Record/s_607f87cf00d861eeefffa6c88054cdab_room001_user001_20210421105155/file.mp4',
};
