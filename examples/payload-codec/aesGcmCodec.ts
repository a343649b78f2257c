import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

/*
 * Encrypts everything that Temporal stores, in the format of Temporal's samples in TypeScript, Go, Python and Java:
 * AES-GCM over the serialized payload, behind a nonce of 12 bytes. Keys are 256 bits in base64, by their ids:
 *
 *   PAYLOAD_KEYS=2026-02:…,2026-01:…   the first encrypts, all decrypt
 *   TEMPORAL_PAYLOAD_CODEC=.cache/examples/payload-codec/aesGcmCodec.js
 */

const ENCODING = 'binary/encrypted';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const PayloadMessage = proto.temporal.api.common.v1.Payload;

/** The first key encrypts; the others are for what was encrypted before. */
export function aesGcmCodec(keys: ReadonlyMap<string, Buffer>): PayloadCodec {
  const [current] = keys;
  if (!current) throw new Error('PAYLOAD_KEYS has no key.');
  const [keyId, key] = current;

  const encode = (payload: Payload): Payload => {
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const encrypted = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(keyId) },
      data: Buffer.concat([nonce, ...encrypted]),
    };
  };

  const decode = (payload: Payload): Payload => {
    const { metadata, data } = payload;
    if (textOf(metadata?.['encoding']) !== ENCODING) return payload;
    const id = textOf(metadata?.['encryption-key-id']);
    const decryptionKey = keys.get(id);
    if (!decryptionKey) throw new Error(`There is no key "${id}" to decrypt with.`);
    const bytes = Buffer.from(data ?? []);
    const tagAt = bytes.length - TAG_LENGTH;
    const decipher = createDecipheriv('aes-256-gcm', decryptionKey, bytes.subarray(0, NONCE_LENGTH));
    decipher.setAuthTag(bytes.subarray(tagAt));
    const decrypted = [decipher.update(bytes.subarray(NONCE_LENGTH, tagAt)), decipher.final()];
    return PayloadMessage.decode(Buffer.concat(decrypted));
  };

  return {
    encode: (payloads) => Promise.resolve(payloads.map(encode)),
    // An error is a rejection, not an exception.
    decode: (payloads) => Promise.all(payloads.map((payload) => Promise.resolve(payload).then(decode))),
  };
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

export function readKeys(text: string): Map<string, Buffer> {
  const entries = text.split(',').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const [id = '', key = ''] = entry.split(':');
      const bytes = Buffer.from(key, 'base64');
      if (id === '' || bytes.length !== 32) throw new Error('PAYLOAD_KEYS must be ID:KEY,… with keys of 32 bytes.');
      return [id, bytes];
    }),
  );
}

export const codec = aesGcmCodec(readKeys(process.env['PAYLOAD_KEYS'] ?? ''));
