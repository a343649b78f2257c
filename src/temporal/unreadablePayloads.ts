import type { Payload, PayloadCodec } from '@temporalio/common';
import { unreadableInput } from '../contract/unreadableInput.js';

/** The encodings that Temporal's default converter reads. */
const READABLE = /^(?:json\/|binary\/(?:null|plain|protobuf)$)/;

/**
 * For a worker without a codec: encrypted data would fail the workflow task again and again, and the recording would
 * look alive. What stands for it is no valid input, so that the recording fails with a reason.
 */
export const unreadablePayloads: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (payloads) => Promise.resolve(payloads.map(readable)),
};

function readable(payload: Payload): Payload {
  const encoding = Buffer.from(payload.metadata?.['encoding'] ?? []).toString();
  if (READABLE.test(encoding)) return payload;
  return {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify(unreadableInput(encoding))),
  };
}
