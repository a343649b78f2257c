import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PayloadCodec } from '@temporalio/common';
import { ConfigurationError } from './config.js';

/**
 * The codec that a module exports as `codec` or as default, for everything that Temporal stores.
 * @param path of an ES or CommonJS module; unset: no codec
 * @throws {ConfigurationError}
 */
export async function loadPayloadCodecs(path: string | undefined): Promise<PayloadCodec[]> {
  if (path === undefined) return [];
  const failure = (problem: string) => new ConfigurationError(`TEMPORAL_PAYLOAD_CODEC ${path}: ${problem}`);
  let module: { codec?: unknown; default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw failure((error as Error).message);
  }
  const codec = (module.codec ?? module.default) as Partial<PayloadCodec> | undefined;
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
    throw failure('the module exports no codec (an object with encode and decode) as `codec` or as default');
  }
  return [codec as PayloadCodec];
}
