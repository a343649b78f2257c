import type { ObsConfig } from '../config.js';
import { createHuaweiClients } from '../huawei/clients.js';
import { ObsClient, type ObjectLink, type ObjectRequest } from '../huawei/obs.js';

/** Makes one link for each object, signed with the keys that a worker of this environment would use. */
export async function makeLinks(config: ObsConfig, objects: ObjectRequest[]): Promise<ObjectLink[]> {
  const { obs, close } = clientOf(config);
  try {
    const links: ObjectLink[] = [];
    // One after the other: the first asks for the keys that all of them are signed with.
    for (const object of objects) links.push(await obs.linkTo(object));
    return links;
  } finally {
    await close();
  }
}

function clientOf({ keys, endpoint, pathStyle }: ObsConfig): { obs: ObsClient; close: () => Promise<void> | void } {
  const place = endpoint === undefined ? {} : { endpoint };
  if ('accessKey' in keys) {
    const obs = new ObsClient({ ...place, pathStyle, keys: () => Promise.resolve(keys) });
    return { obs, close: () => obs.close() };
  }
  return createHuaweiClients({
    ...keys,
    ...(endpoint !== undefined && { obsEndpoint: endpoint }),
    obsPathStyle: pathStyle,
  });
}
