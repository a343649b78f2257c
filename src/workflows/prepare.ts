import { Alarm } from './alarm.js';
import { settingsOf, warn } from './recordingState.js';
import { askToStop, goOnInNewRun, isInterrupted, isTooLong, step, type Run } from './run.js';
import { sideBySide } from './sideBySide.js';
import { tellAttributes } from './webPage.js';

/**
 * Steps 1 to 4 of the vendor's procedure, each of which needs what the one before has found out. Where the worker remembers the outcome of all of them from
 * an earlier recording, none has to wait: a live stream does.
 * @param fresh do not trust what the worker remembers: the vendor has just said that it is gone
 */
export async function prepare(run: Run, { fresh }: { fresh: boolean }): Promise<void> {
  const { state } = run;
  const { rememberedAppId } = state;
  if (rememberedAppId !== undefined && !fresh) {
    await sideBySide(
      () => authenticate(run),
      () => ensureApplication(run, { fresh }),
      () => ensureRecordRule(run, rememberedAppId, { fresh }),
      () => configureRecordCallback(run, rememberedAppId, { fresh }),
    );
    if (state.appId === rememberedAppId) return;
  } else {
    await authenticate(run);
  }

  const { appId, remembered } = await ensureApplication(run, { fresh });
  const template = () => ensureRecordRule(run, appId, { fresh });
  const callback = () => configureRecordCallback(run, appId, { fresh });
  // A worker that remembers the application most likely remembers these too.
  if (remembered && (state.procedure ?? 1) >= 2) {
    await sideBySide(template, callback);
  } else {
    await template();
    await callback();
  }
}

interface Trust {
  /** Look again, whatever the worker remembers. */
  fresh: boolean;
}

/** Step 1. */
function authenticate(run: Run): Promise<unknown> {
  return step(run, 'authenticate', () => run.activities.authenticate());
}

/** Step 2. */
function ensureApplication(run: Run, { fresh }: Trust): Promise<{ appId: string; remembered: boolean }> {
  const { state, activities } = run;
  const { appName } = settingsOf(state);
  return step(
    run,
    'ensureApplication',
    () => activities.ensureApplication({ appName, fresh }),
    ({ appId }) => (state.appId = appId),
  );
}

/** Step 3. */
function ensureRecordRule(run: Run, appId: string, { fresh }: Trust): Promise<unknown> {
  const { state, activities } = run;
  const { recordRule } = settingsOf(state);
  return step(
    run,
    'ensureRecordRule',
    () => activities.ensureRecordRule({ appId, recordRule, fresh }),
    ({ ruleId, places, warnings }) => {
      state.ruleId = ruleId;
      state.places = places;
      warn(state, ...warnings);
    },
  );
}

/** Step 4. */
function configureRecordCallback(run: Run, appId: string, { fresh }: Trust): Promise<unknown> {
  const { state, activities } = run;
  const { appName } = settingsOf(state);
  return step(
    run,
    'configureRecordCallback',
    () => activities.configureRecordCallback({ appId, appName, fresh }),
    ({ warnings }) => warn(state, ...warnings),
  );
}

/** Step 5: the end user joins the room. Nobody waits for longer than the recording may last. */
export async function awaitParticipant(run: Run): Promise<void> {
  const { state } = run;
  state.phase = 'waitingForParticipant';
  state.waitingSince ??= Date.now();
  tellAttributes(state);
  const until = state.waitingSince + settingsOf(state).maxDuration;
  await step(run, 'participantJoined', async () => {
    const alarm = new Alarm('The longest wait for the participant');
    while (!state.participantJoined && !isInterrupted(run) && Date.now() < until) {
      if (isTooLong(run)) await goOnInNewRun(run);
      const seen = run.changes;
      await alarm.wait(() => run.changes !== seen || isTooLong(run), until);
    }
  });
  if (!state.participantJoined && !isInterrupted(run)) askToStop(run, 'maxDuration');
}
