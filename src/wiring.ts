import { createActivities } from './activities/index.js';
import type { WorkerConfig } from './config.js';
import { HttpClient, type OnAnswer } from './huawei/http.js';
import { IamClient } from './huawei/iam.js';
import { ObsClient } from './huawei/obs.js';
import { obsKeys } from './huawei/obsKeys.js';
import { SparkRtcClient } from './huawei/sparkrtc.js';
import { TokenProvider } from './huawei/tokenProvider.js';

export type VendorConfig = Omit<
  WorkerConfig,
  'logLevel' | 'temporal' | 'maxCachedWorkflows' | 'metricsAddress' | 'version' | 'tracing' | 'workflowStackTraces'
>;

/**
 * Makes the activities and the vendor's clients that they use; `close` lets go of their connections.
 * @param onAnswer told of every call to the vendor that is over
 */
export function wireActivities(config: VendorConfig, onAnswer?: OnAnswer) {
  const http = new HttpClient({ onAnswer });
  const iam = new IamClient({ endpoint: config.iamEndpoint, credentials: config.credentials, http });
  const tokens = new TokenProvider({ issue: () => iam.issueToken() });
  const sparkRtc = new SparkRtcClient({ endpoint: config.sparkRtcEndpoint, tokens, http });
  const obs = new ObsClient({
    ...(config.obsEndpoint !== undefined && { endpoint: config.obsEndpoint }),
    ...(onAnswer && { onAnswer }),
    pathStyle: config.obsPathStyle,
    keys: obsKeys({ credentials: config.credentials, iam, tokens }),
  });
  const callback = { url: config.callbackUrl, authKey: config.callbackAuthKey };
  return {
    activities: createActivities({ tokens, sparkRtc, obs, callback }),
    close: async (): Promise<void> => {
      obs.close();
      await http.close();
    },
  };
}
