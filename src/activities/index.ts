import type { ObsClient } from '../huawei/obs.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import type { TokenProvider } from '../huawei/tokenProvider.js';
import type { RecordingSettings } from '../contract/input.js';
import { authenticate } from './authenticate.js';
import { checkInput } from './checkInput.js';
import { configureRecordCallback } from './configureRecordCallback.js';
import { ensureApplication } from './ensureApplication.js';
import { ensureRecordRule, isRemembered, type RememberedRule } from './ensureRecordRule.js';
import { getIndividualStreamJob } from './getIndividualStreamJob.js';
import { listRecordingFiles } from './listRecordingFiles.js';
import { Memory } from './memory.js';
import { pollIndividualStreamJob } from './pollIndividualStreamJob.js';
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
  const applications = new Memory<{ appId: string }>();
  const rules = new Memory<RememberedRule>();
  const callbacks = new Memory<{ warnings: string[] }>();
  const remembers = ({ appName, recordRule }: RecordingSettings): boolean => {
    const appId = applications.peek(appName)?.appId;
    return appId !== undefined && isRemembered(rules, appId, recordRule) && callbacks.peek(appId) !== undefined;
  };
  return {
    checkInput,
    authenticate: authenticate(tokens, remembers),
    ensureApplication: ensureApplication(sparkRtc, applications),
    ensureRecordRule: ensureRecordRule(sparkRtc, rules),
    configureRecordCallback: configureRecordCallback(sparkRtc, callback, callbacks),
    startIndividualStreamJob: startIndividualStreamJob(sparkRtc),
    getIndividualStreamJob: getIndividualStreamJob(sparkRtc),
    pollIndividualStreamJob: pollIndividualStreamJob(sparkRtc),
    stopIndividualStreamJob: stopIndividualStreamJob(sparkRtc),
    listRecordingFiles: listRecordingFiles(obs),
  };
}
