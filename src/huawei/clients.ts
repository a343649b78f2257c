import { authentication, type HuaweiAccount } from './authentication.js';
import { CredentialGuard, type AttemptLimit } from './credentialGuard.js';
import { HttpClient, type OnResponse } from './http.js';
import { ObsClient } from './obs.js';
import { SparkRtcClient } from './sparkrtc.js';

/** The account, and its storage. */
export interface HuaweiConfig extends HuaweiAccount {
  /** Unset: the public endpoint of the bucket's region. */
  obsEndpoint?: string;
  obsPathStyle?: boolean;
}

export interface HuaweiClientOptions {
  onResponse?: OnResponse | undefined;
  /** Limits the tries of credentials that may be wrong over several processes. Default: each process by itself. */
  attemptLimit?: AttemptLimit | undefined;
}

export type HuaweiClients = ReturnType<typeof createHuaweiClients>;

/** The vendor's clients of one process. They share credentials, and connections that `close` closes. */
export function createHuaweiClients(config: HuaweiConfig, { onResponse, attemptLimit }: HuaweiClientOptions = {}) {
  const { sparkRtcEndpoint: endpoint, obsEndpoint, obsPathStyle = false } = config;
  const http = new HttpClient({ onResponse });
  const { authenticator, keys } = authentication(config, http, new CredentialGuard({ limit: attemptLimit }));
  const obs = new ObsClient({ endpoint: obsEndpoint, pathStyle: obsPathStyle, keys, onResponse });
  return {
    authenticator,
    sparkRtc: new SparkRtcClient({ endpoint, authenticator }),
    obs,
    close: async (): Promise<void> => {
      obs.close();
      await http.close();
    },
  };
}
