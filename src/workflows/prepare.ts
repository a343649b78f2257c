import { condition } from '@temporalio/workflow';
import type { LookUp } from '../contract/activityTypes.js';
import { preparationActivities } from './activities.js';
import { pollUser } from './participant.js';
import {
  continueAsNewIfSuggested,
  isActivityError,
  isEndRequestAcknowledged,
  isEndRequested,
  shouldContinueAsNew,
  untilFirst,
  type Run,
} from './run.js';
import { appIdOf, requestStop, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/** Steps 1 to 4, as local activities if the worker remembers all of them: see docs/decisions/local-steps.md. */
export async function fromMemoryFirst(
  state: RecordingState,
  prepare: (lookUp: LookUp) => Promise<void>,
): Promise<void> {
  try {
    await prepare('memoryOnly');
  } catch (error) {
    if (!isActivityError(error)) throw error;
    state.steps = [];
    await prepare('memoryFirst');
  }
}

export async function authenticate(state: RecordingState, lookUp: LookUp): Promise<void> {
  const activities = preparationActivities(lookUp, 'Step 1: prove the credentials');
  const request = lookUp === 'memoryOnly' ? { onlyIfRemembered: settingsOf(state) } : {};
  await step(state, 'authenticate', () => activities.authenticate(request));
}

export async function ensureApplication(state: RecordingState, lookUp: LookUp): Promise<void> {
  const activities = preparationActivities(lookUp, 'Step 2: find or create the application');
  const { appName, appId } = settingsOf(state);
  const request = { appName, appId, lookUp };
  const found = await step(state, 'ensureApplication', () => activities.ensureApplication(request));
  state.appId = found.appId;
  warn(state, ...found.warnings);
}

export async function ensureRecordRule(state: RecordingState, lookUp: LookUp): Promise<void> {
  const summary = 'Step 3: check the bucket, find or save the recording template';
  const activities = preparationActivities(lookUp, summary);
  const request = { appId: appIdOf(state), recordRule: settingsOf(state).recordRule, lookUp };
  const rule = await step(state, 'ensureRecordRule', () => activities.ensureRecordRule(request));
  state.ruleId = rule.ruleId;
  state.outputLocations = rule.outputLocations;
  warn(state, ...rule.warnings);
}

export async function configureRecordCallback(state: RecordingState, lookUp: LookUp): Promise<void> {
  const summary = 'Step 4: point the recording callback at the receiver';
  const activities = preparationActivities(lookUp, summary);
  const request = { appId: appIdOf(state), appName: settingsOf(state).appName, lookUp };
  const { warnings } = await step(state, 'configureRecordCallback', () => activities.configureRecordCallback(request));
  warn(state, ...warnings);
}

/**
 * Step 5: the end user joins the room. A signal, an event or the vendor's list of users reports it. The wait is
 * limited by `maxDuration`.
 */
export async function waitForParticipant(run: Run): Promise<void> {
  const { state } = run;
  const since = (state.waitingSince ??= Date.now());
  const until = since + settingsOf(state).maxDuration;
  setPhase(state, 'waitingForParticipant');
  const wait = async () => {
    const hasEnded = () => state.participantJoined || isEndRequestAcknowledged(run) || Date.now() >= until;
    while (!hasEnded()) {
      await continueAsNewIfSuggested(run);
      await untilFirst(
        () => condition(() => hasEnded() || shouldContinueAsNew(run), Math.max(1, until - Date.now())),
        async () => {
          await pollUser(state, 'present', since);
          state.participantJoined = true;
        },
      );
    }
  };
  await step(state, 'participantJoined', wait, () => state.participantJoined);
  if (!state.participantJoined && !isEndRequested(run)) requestStop(state, 'maxDuration', Date.now());
}
