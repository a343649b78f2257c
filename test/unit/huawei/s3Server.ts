import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from '../../support/freePort.js';

export interface S3Server {
  url: string;
  accessKey: string;
  secretKey: string;
  /** Makes an empty bucket. */
  createBucket(name: string): Promise<void>;
  /** Makes an object in a new folder that begins with these bytes; the rest are zeros, which take no room. */
  putSparse(bucket: string, key: string, size: number, start: Buffer): Promise<void>;
  stop(): Promise<void>;
}

/** Starts versitygw, a real S3 server that checks signatures, on loopback and over an empty directory. */
export async function startS3Server(executable: string): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'sparkrtc-s3-'));
  const [accessKey, secretKey] = ['test-access-key', 'test-secret-key'];
  const port = await freePort();
  const server = spawn(
    executable,
    ['--port', `127.0.0.1:${port}`, '--region', 'cn-north-4', '--quiet', 'posix', '--nometa', directory],
    {
      env: { PATH: process.env['PATH'], ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secretKey },
      stdio: 'ignore',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(() => fetch(url), { timeout: 60_000, interval: 50 });
  return {
    url,
    accessKey,
    secretKey,
    createBucket: async (name) => void (await mkdir(join(directory, name))),
    putSparse: async (bucket, key, size, start) => {
      const path = join(directory, bucket, key);
      await mkdir(dirname(path));
      await writeFile(path, start);
      await truncate(path, size);
    },
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}
