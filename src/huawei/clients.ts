import { HttpClient, type OnAnswer } from './http.js';
import { IamClient, type IamCredentials } from './iam.js';
import { ObsClient } from './obs.js';
import { obsKeys, type ObsKeys } from './obsCredentials.js';
import { SparkRtcClient } from './sparkrtc.js';
import { TokenProvider } from './tokenProvider.js';

/** Where the vendor is, and what proves who we are. */
export interface HuaweiConfig {
  /** The IAM user, and the permanent keys of OBS where the operator prefers them to temporary ones. */
  credentials: IamCredentials & Partial<Pick<ObsKeys, 'accessKey' | 'secretKey'>>;
  iamEndpoint: string;
  sparkRtcEndpoint: string;
  /** Unset: the public endpoint of the bucket's region. */
  obsEndpoint?: string;
  obsPathStyle?: boolean;
}

/** The vendor's clients of one process: they share connections, which `close` lets go of, and one token. */
export function createHuaweiClients(config: HuaweiConfig, onAnswer?: OnAnswer) {
  const { credentials, iamEndpoint, sparkRtcEndpoint, obsEndpoint, obsPathStyle = false } = config;
  const http = new HttpClient({ onAnswer });
  const iam = new IamClient({ endpoint: iamEndpoint, credentials, http });
  const tokens = new TokenProvider({ issue: () => iam.issueToken() });
  const keys = obsKeys({ credentials, iam, tokens });
  const obs = new ObsClient({ endpoint: obsEndpoint, pathStyle: obsPathStyle, keys, onAnswer });
  return {
    tokens,
    sparkRtc: new SparkRtcClient({ endpoint: sparkRtcEndpoint, tokens, http }),
    obs,
    close: async (): Promise<void> => {
      obs.close();
      await http.close();
    },
  };
}
