import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Payload } from '@temporalio/common';
import { expect, it } from 'vitest';

interface JsonPayload {
  metadata: Record<string, string>;
  data?: string;
}

/** Encrypted by the codecs of Temporal's samples, each with its SDK, under the key that they share. */
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'payload-vectors.json'), 'utf8')) as {
  key: string;
  plain: JsonPayload[];
  encrypted: Record<'Go' | 'Java' | 'Python' | 'TypeScript', JsonPayload[]>;
};

const { key: KEY, plain, encrypted } = vectors;

/** The ids that the samples give it; the one in Java uses the key itself. */
const IDS = { Go: 'test', Java: 'test-key-test-key-test-key-test!', Python: 'test-key-id', TypeScript: 'test-key-id' };

process.env['PAYLOAD_KEYS'] = ['test-key-id', IDS.Go, IDS.Java].map((id) => `${id}:${KEY}`).join(',');
const { codec, aesGcmCodec, readKeys } = await import('../../examples/payload-codec/aesGcmCodec.js');

const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString();

const fromJson = ({ metadata, data }: JsonPayload): Payload => ({
  metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
  data: Buffer.from(data ?? '', 'base64'),
});

const toJson = ({ metadata, data }: Payload): JsonPayload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  ...(data?.length && { data: Buffer.from(data).toString('base64') }),
});

it.each(Object.entries(encrypted))(
  "decrypts what Temporal's sample in %s has encrypted",
  async (language, payloads) => {
    const received = payloads.map(fromJson);
    const ids = received.map(({ metadata }) => text(metadata!['encryption-key-id']));
    expect(new Set(ids)).toEqual(new Set([IDS[language as keyof typeof IDS]]));
    expect((await codec.decode(received)).map(toJson)).toEqual(plain);
  },
);

it('encrypts in the same format: metadata, and a payload as long as theirs', async () => {
  const sent = (await codec.encode(plain.map(fromJson))).map(toJson);
  const shape = ({ metadata, data }: JsonPayload) => ({ metadata, length: Buffer.from(data ?? '', 'base64').length });
  expect(sent.map(shape)).toEqual(encrypted.TypeScript.map(shape));
  expect(sent.map(shape)).toEqual(encrypted.Python.map(shape));
  expect(new Set(sent.map(({ data }) => data!.slice(0, 16))).size).toBe(sent.length);
});

it('encrypts with the first key and decrypts with all; other payloads stay', async () => {
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"secret"') };
  const [sent] = await codec.encode([payload]);
  expect(text(sent!.metadata!['encryption-key-id'])).toBe('test-key-id');
  expect(text(sent!.data)).not.toContain('secret');
  const rotated = aesGcmCodec(readKeys(`new:${Buffer.alloc(32, 7).toString('base64')},test-key-id:${KEY}`));
  const [read, unchanged] = await rotated.decode([sent!, payload]);
  expect(text(read!.data)).toBe('"secret"');
  expect(unchanged).toBe(payload);
});

it('rejects an unknown key and changed data', async () => {
  const [{ metadata, data }] = encrypted.Go.map(fromJson) as [Payload];
  const other = { ...metadata, 'encryption-key-id': Buffer.from('other') };
  await expect(codec.decode([{ metadata: other, data: data! }])).rejects.toThrow('There is no key "other"');
  const changed = Buffer.from(data!);
  changed[20]! ^= 1;
  await expect(codec.decode([{ metadata: metadata!, data: changed }])).rejects.toThrow();
});
