import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { request } from 'undici';

/** Whose job, under what has been prepared once. */
export interface BareJob {
  appId: string;
  ruleId: string;
  roomId: string;
  userId: string;
  token: string;
}

export interface BareVendor {
  url: string;
  accessKey: string;
  secretKey: string;
  bucket: string;
}

/** The two calls that no one can do without, and nothing. */
export function bareActivities({ url, accessKey, secretKey, bucket }: BareVendor) {
  const s3 = new S3Client({
    endpoint: url,
    region: 'cn-north-4',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });
  return {
    nothing: () => Promise.resolve(),

    async startJob({ appId, ruleId, roomId, userId, token }: BareJob): Promise<void> {
      const { statusCode, body } = await request(`${url}/v2/apps/${appId}/individual-stream-jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': token },
        body: JSON.stringify({
          room_id: roomId,
          user_id: userId,
          is_record_audio: true,
          video_type: 'CAMERASTREAM',
          max_idle_time: 5,
          record_param: { record_rule_id: ruleId },
        }),
      });
      const text = await body.text();
      if (statusCode !== 201) throw new Error(`The job was not started: ${statusCode} ${text}`);
    },

    async list({ roomId }: BareJob): Promise<number> {
      const { KeyCount = 0 } = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `Record/${roomId}/` }),
      );
      return KeyCount;
    },

    async readBeginnings(objects: string[]): Promise<void> {
      const limit = pLimit(8);
      const read = async (key: string) => {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-65535' });
        await (await s3.send(command)).Body?.transformToByteArray();
      };
      await Promise.all(objects.map((key) => limit(read, key)));
    },
  };
}

export type BareActivities = ReturnType<typeof bareActivities>;
