import type { ObsConfig } from '../config.js';
import type { PresignedUrl, ObjectRequest } from '../huawei/obs.js';
import { withObs } from './obsClient.js';

/** Presigns one URL for each object, with the keys that a worker of this environment would use. */
export function presignAll(config: ObsConfig, objects: ObjectRequest[]): Promise<PresignedUrl[]> {
  return withObs(config, async (obs) => {
    const urls: PresignedUrl[] = [];
    // In sequence: the first call fetches the keys for all.
    for (const object of objects) urls.push(await obs.presign(object));
    return urls;
  });
}
