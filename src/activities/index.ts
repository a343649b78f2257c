import type { ObsClient } from '../huawei/obs.js';
import type { SparkRtcClient } from '../huawei/sparkrtc.js';
import type { TokenProvider } from '../huawei/tokenProvider.js';
import type { RecordingSettings } from '../recording/input.js';
import { authenticate } from './authenticate.js';
import { checkInput } from './checkInput.js';
import { configureRecordCallback } from './configureRecordCallback.js';
import { ensureApplication } from './ensureApplication.js';
import { ensureRecordRule, isRemembered, type RememberedRule } from './ensureRecordRule.js';
import { getIndividualStreamJob } from './getIndividualStreamJob.js';
import { listRecordingFiles } from './listRecordingFiles.js';
import { Memory } from './memory.js';
import { SpareCalls } from './spareCalls.js';
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
  /** How many job calls a second all workers make by their queue. */
  jobCallsPerSecond: number;
}

/** So much of that rate a worker may use beside the queue: five workers together stay within what the vendor allows. */
const SPARE_SHARE = 0.2;

/** One activity for each documented step, and those beside them. */
export function createActivities(dependencies: ActivityDependencies) {
  const { tokens, sparkRtc, obs, callback, jobCallsPerSecond } = dependencies;
  const applications = new Memory<{ appId: string }>();
  const rules = new Memory<RememberedRule>();
  const callbacks = new Memory<{ warnings: string[] }>();
  const remembers = ({ appName, recordRule }: RecordingSettings): string | undefined => {
    const appId = applications.peek(appName)?.appId;
    if (appId === undefined || !tokens.isFresh()) return undefined;
    return isRemembered(rules, appId, recordRule) && callbacks.peek(appId) ? appId : undefined;
  };
  return {
    checkInput: checkInput(remembers),
    authenticate: authenticate(tokens),
    ensureApplication: ensureApplication(sparkRtc, applications),
    ensureRecordRule: ensureRecordRule(sparkRtc, rules),
    configureRecordCallback: configureRecordCallback(sparkRtc, callback, callbacks),
    startIndividualStreamJob: startIndividualStreamJob(sparkRtc),
    getIndividualStreamJob: getIndividualStreamJob(sparkRtc),
    stopIndividualStreamJob: stopIndividualStreamJob(sparkRtc),
    listRecordingFiles: listRecordingFiles(obs, sparkRtc, new SpareCalls(jobCallsPerSecond * SPARE_SHARE)),
  };
}
