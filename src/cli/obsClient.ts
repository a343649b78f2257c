import type { ObsConfig } from '../config.js';
import { createHuaweiClients } from '../huawei/clients.js';
import { ObsClient } from '../huawei/obs.js';

/** Lends a client with the keys that a worker of this environment would use. */
export async function withObs<T>({ keys, endpoint, pathStyle }: ObsConfig, work: (obs: ObsClient) => Promise<T>) {
  const where = endpoint === undefined ? {} : { endpoint };
  if ('accessKey' in keys) {
    const obs = new ObsClient({ ...where, pathStyle, keys: () => Promise.resolve(keys) });
    return work(obs).finally(() => obs.close());
  }
  const obsEndpoint = endpoint !== undefined && { obsEndpoint: endpoint };
  const { obs, close } = createHuaweiClients({ ...keys, ...obsEndpoint, obsPathStyle: pathStyle });
  return work(obs).finally(close);
}
