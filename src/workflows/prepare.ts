import { condition, isCancellation } from '@temporalio/workflow';
import type { LookUp } from '../contract/activityTypes.js';
import { preparationActivities } from './activities.js';
import { continueAsNewIfSuggested, isEndDue, isEndRequested, shouldContinueAsNew, type Run } from './run.js';
import { requestStop, settingsOf, warn, type RecordingState } from './state.js';
import { setPhase, step } from './visibility.js';

/*
 * Steps 1 to 5 of the vendor's procedure.
 */

/**
 * Does steps 1 to 4 from the worker's memory, where it remembers all of them: they are local activities then and share
 * one workflow task. Otherwise, and when one of them fails, all are regular ones, so that the web page shows the one that
 * is pending.
 */
export async function fromMemoryFirst(
  state: RecordingState,
  prepare: (lookUp: LookUp) => Promise<void>,
): Promise<void> {
  try {
    await prepare('memoryOnly');
  } catch (error) {
    if (isCancellation(error)) throw error;
    // All four are done again.
    state.steps = [];
    await prepare('memoryFirst');
  }
}

/** Step 1. */
export async function authenticate(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { authenticate } = preparationActivities(lookUp, 'Step 1: prove the credentials to IAM');
  await step(state, 'authenticate', () =>
    authenticate(lookUp === 'memoryOnly' ? { onlyIfRemembered: settingsOf(state) } : {}),
  );
}

/** Step 2. */
export async function ensureApplication(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { ensureApplication } = preparationActivities(lookUp, 'Step 2: find or create the application');
  const { appName } = settingsOf(state);
  const { appId } = await step(state, 'ensureApplication', () => ensureApplication({ appName, lookUp }));
  state.appId = appId;
}

/** Step 3. */
export async function ensureRecordRule(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { ensureRecordRule } = preparationActivities(
    lookUp,
    'Step 3: check the bucket, find or save the recording template',
  );
  const { appId = '' } = state;
  const { recordRule } = settingsOf(state);
  const { ruleId, places, warnings } = await step(state, 'ensureRecordRule', () =>
    ensureRecordRule({ appId, recordRule, lookUp }),
  );
  state.ruleId = ruleId;
  state.places = places;
  warn(state, ...warnings);
}

/** Step 4. */
export async function configureRecordCallback(state: RecordingState, lookUp: LookUp): Promise<void> {
  const { configureRecordCallback } = preparationActivities(
    lookUp,
    'Step 4: point the recording callback at the receiver',
  );
  const { appId = '' } = state;
  const { appName } = settingsOf(state);
  const { warnings } = await step(state, 'configureRecordCallback', () =>
    configureRecordCallback({ appId, appName, lookUp }),
  );
  warn(state, ...warnings);
}

/** Step 5: the end user joins the room. Nobody waits for longer than the recording may last. */
export async function waitForParticipant(run: Run): Promise<void> {
  const { state } = run;
  const { maxDuration } = settingsOf(state);
  state.waitingSince ??= Date.now();
  const until = state.waitingSince + maxDuration;
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
