import { HttpClient } from '../huawei/http.js';
import { IamClient } from '../huawei/iam.js';
import { ObsClient, type ObjectLink, type ObjectRequest } from '../huawei/obs.js';
import { obsKeys, type ObsKeySource } from '../huawei/obsKeys.js';
import { TokenProvider } from '../huawei/tokenProvider.js';
import type { ObsConfig } from '../partialConfig.js';

/** Makes one link for each object, signed with the keys that a worker of this environment would use. */
export async function makeLinks(config: ObsConfig, objects: ObjectRequest[]): Promise<ObjectLink[]> {
  const http = new HttpClient();
  const { endpoint, pathStyle } = config;
  const obs = new ObsClient({ ...(endpoint !== undefined && { endpoint }), pathStyle, keys: keysOf(config, http) });
  try {
    const links: ObjectLink[] = [];
    // One after the other: the first asks for the keys that all of them are signed with.
    for (const object of objects) links.push(await obs.linkTo(object));
    return links;
  } finally {
    obs.close();
    await http.close();
  }
}

function keysOf({ keys }: ObsConfig, http: HttpClient): ObsKeySource {
  if ('accessKey' in keys) return () => Promise.resolve(keys);
  const iam = new IamClient({ endpoint: keys.iamEndpoint, credentials: keys.credentials, http });
  return obsKeys({ credentials: {}, iam, tokens: new TokenProvider({ issue: () => iam.issueToken() }) });
}
