import type { ObsClient } from '../huawei/obs.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import type { TokenProvider } from '../huawei/tokenProvider.js';
import { authenticate } from './authenticate.js';
import { checkInput } from './checkInput.js';
import { configureRecordCallback } from './configureRecordCallback.js';
import { ensureApplication } from './ensureApplication.js';
import { ensureRecordRule } from './ensureRecordRule.js';
import { getIndividualStreamJob } from './getIndividualStreamJob.js';
import { listRecordingFiles } from './listRecordingFiles.js';
import { Memory } from './memory.js';
import { startIndividualStreamJob } from './startIndividualStreamJob.js';
import { stopIndividualStreamJob } from './stopIndividualStreamJob.js';

/** What the activities work with; one of each for a worker process. */
export interface ActivityDependencies {
  tokens: TokenProvider;
  sparkRtc: SparkRtcClient;
  obs: ObsClient;
  callback: {
    /** The application's name becomes its last segment. */
    url: string;
    authKey: string;
  };
}

/** One activity for each documented step, and those beside them. */
export function createActivities(dependencies: ActivityDependencies) {
  const { tokens, sparkRtc, obs, callback } = dependencies;
  return {
    checkInput,
    authenticate: authenticate(tokens),
    ensureApplication: ensureApplication(sparkRtc, new Memory()),
    ensureRecordRule: ensureRecordRule(sparkRtc, new Memory()),
    configureRecordCallback: configureRecordCallback(sparkRtc, callback, new Memory()),
    startIndividualStreamJob: startIndividualStreamJob(sparkRtc),
    getIndividualStreamJob: getIndividualStreamJob(sparkRtc),
    stopIndividualStreamJob: stopIndividualStreamJob(sparkRtc),
    listRecordingFiles: listRecordingFiles(obs),
  };
}
