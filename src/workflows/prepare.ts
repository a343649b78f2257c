import { condition, isCancellation } from '@temporalio/workflow';
import type { LookUp } from '../contract/activityTypes.js';
import { preparationActivities } from './activities.js';
import { continueAsNewIfSuggested, isEndDue, isEndRequested, shouldContinueAsNew, type Run } from './run.js';
import { requestStop, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/**
 * Does steps 1 to 4 from the worker's memory, if it holds all of them: as local activities, in one workflow task.
 * Otherwise all are done again as regular ones, so that the web page shows the one that is pending.
 */
export async function fromMemoryFirst(
  state: RecordingState,
  prepare: (lookUp: LookUp) => Promise<void>,
): Promise<void> {
  try {
    await prepare('memoryOnly');
  } catch (error) {
    if (isCancellation(error)) throw error;
    state.steps = [];
    await prepare('memoryFirst');
  }
}

export async function authenticate(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { authenticate } = preparationActivities(lookUp, 'Step 1: prove the credentials to IAM');
  const request = lookUp === 'memoryOnly' ? { onlyIfRemembered: settingsOf(state) } : {};
  await step(state, 'authenticate', () => authenticate(request));
}

export async function ensureApplication(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { ensureApplication } = preparationActivities(lookUp, 'Step 2: find or create the application');
  const { appName } = settingsOf(state);
  const { appId } = await step(state, 'ensureApplication', () => ensureApplication({ appName, lookUp }));
  state.appId = appId;
}

export async function ensureRecordRule(state: RecordingState, lookUp: LookUp): Promise<void> {
  const summary = 'Step 3: check the bucket, find or save the recording template';
  const { ensureRecordRule } = preparationActivities(lookUp, summary);
  const request = { appId: state.appId ?? '', recordRule: settingsOf(state).recordRule, lookUp };
  const { ruleId, places, warnings } = await step(state, 'ensureRecordRule', () => ensureRecordRule(request));
  state.ruleId = ruleId;
  state.places = places;
  warn(state, ...warnings);
}

export async function configureRecordCallback(state: RecordingState, lookUp: LookUp): Promise<void> {
  const summary = 'Step 4: point the recording callback at the receiver';
  const { configureRecordCallback } = preparationActivities(lookUp, summary);
  const request = { appId: state.appId ?? '', appName: settingsOf(state).appName, lookUp };
  const { warnings } = await step(state, 'configureRecordCallback', () => configureRecordCallback(request));
  warn(state, ...warnings);
}

/** Step 5: the end user joins the room. Nobody waits for longer than the recording may last. */
export async function waitForParticipant(run: Run): Promise<void> {
  const { state } = run;
  state.waitingSince ??= Date.now();
  const until = state.waitingSince + settingsOf(state).maxDuration;
  setPhase(state, 'waitingForParticipant');
  await step(state, 'participantJoined', async () => {
    const isOver = () => state.participantJoined || isEndDue(run) || Date.now() >= until;
    while (!isOver()) {
      await continueAsNewIfSuggested(run);
      await condition(() => isOver() || shouldContinueAsNew(run), Math.max(1, until - Date.now()));
    }
  });
  if (!state.participantJoined && !isEndRequested(run)) requestStop(state, 'maxDuration', Date.now());
}
