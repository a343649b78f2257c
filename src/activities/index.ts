import type { HuaweiClients } from '../huawei/clients.js';
import type { RecordingSettings } from '../contract/input.js';
import { authenticate } from './authenticate.js';
import { checkInput } from './checkInput.js';
import { configureRecordCallback, type ConfiguredCallback } from './configureRecordCallback.js';
import { applicationKey, ensureApplication, type Application } from './ensureApplication.js';
import { ensureRecordRule, isRemembered, type RememberedRule } from './ensureRecordRule.js';
import { getIndividualStreamJob } from './getIndividualStreamJob.js';
import { inspectMedia } from './inspectMedia.js';
import { listRecordingFiles } from './listRecordingFiles.js';
import { Memory } from './memory.js';
import { pollIndividualStreamJob } from './pollIndividualStreamJob.js';
import { pollParticipant } from './pollParticipant.js';
import { startIndividualStreamJob } from './startIndividualStreamJob.js';
import { stopIndividualStreamJob } from './stopIndividualStreamJob.js';
import { UserLists } from './userLists.js';
import { writeManifest } from './writeManifest.js';

/** One of each for a worker process. `callback.url` gets the application's name as its last segment. */
export interface ActivityDependencies extends Pick<HuaweiClients, 'authenticator' | 'sparkRtc' | 'obs'> {
  callback: { url: string; authKey: string };
}

/** The activities: one for each documented step, and a few others. */
export function createActivities({ authenticator, sparkRtc, obs, callback }: ActivityDependencies) {
  const applications = new Memory<Application>();
  const rules = new Memory<RememberedRule>();
  const callbacks = new Memory<ConfiguredCallback>();
  const users = new UserLists((request) => sparkRtc.listOnlineUsers(request));
  const remembers = (settings: RecordingSettings): boolean => {
    const appId = applications.peek(applicationKey(settings))?.appId;
    if (appId === undefined || !isRemembered(rules, appId, settings.recordRule)) return false;
    return callbacks.peek(appId)?.appName === settings.appName;
  };
  return {
    checkInput,
    authenticate: authenticate(authenticator, remembers),
    ensureApplication: ensureApplication(sparkRtc, applications),
    ensureRecordRule: ensureRecordRule(sparkRtc, obs, rules),
    configureRecordCallback: configureRecordCallback(sparkRtc, callback, callbacks),
    pollParticipant: pollParticipant(users),
    startIndividualStreamJob: startIndividualStreamJob(sparkRtc),
    getIndividualStreamJob: getIndividualStreamJob(sparkRtc),
    pollIndividualStreamJob: pollIndividualStreamJob(sparkRtc),
    stopIndividualStreamJob: stopIndividualStreamJob(sparkRtc),
    listRecordingFiles: listRecordingFiles(obs),
    inspectMedia: inspectMedia(obs),
    writeManifest: writeManifest(obs),
  };
}
