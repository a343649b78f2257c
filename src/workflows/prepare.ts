import type { RecordingSettings } from '../recording/input.js';
import { Alarm } from './alarm.js';
import { settingsOf, warn } from './recordingState.js';
import { askToStop, continueAsNewIfLong, isInterrupted, step, type Run } from './run.js';
import { sideBySide } from './sideBySide.js';
import { tellAttributes } from './webPage.js';

/**
 * Steps 1 to 4 of the vendor's procedure.
 * @param fresh do not trust what the worker remembers of an earlier recording: the vendor has just said that it is gone
 */
export async function prepare(run: Run, { fresh }: { fresh: boolean }): Promise<void> {
  const { state, activities } = run;
  const { appName, recordRule }: RecordingSettings = settingsOf(state);

  await step(run, 'authenticate', () => activities.authenticate());

  const { appId, remembered } = await step(run, 'ensureApplication', () =>
    activities.ensureApplication({ appName, fresh }),
  );
  state.appId = appId;

  const template = async () => {
    const rule = await step(run, 'ensureRecordRule', () => activities.ensureRecordRule({ appId, recordRule, fresh }));
    state.ruleId = rule.ruleId;
    state.places = rule.places;
    warn(state, ...rule.warnings);
  };
  const callback = async () => {
    const { warnings } = await step(run, 'configureRecordCallback', () =>
      activities.configureRecordCallback({ appId, appName, fresh }),
    );
    warn(state, ...warnings);
  };
  // A worker that remembers the application most likely remembers these too, and a live stream is waiting.
  if (remembered && (state.procedure ?? 1) >= 2) {
    await sideBySide(template, callback);
  } else {
    await template();
    await callback();
  }
}

/** Step 5: the end user joins the room. Nobody waits for longer than the recording may last. */
export async function awaitParticipant(run: Run): Promise<void> {
  const { state } = run;
  if (!settingsOf(state).waitForParticipant) return;
  state.phase = 'waitingForParticipant';
  state.waitingSince ??= Date.now();
  tellAttributes(state);
  const until = state.waitingSince + settingsOf(state).maxDuration;
  await step(run, 'participantJoined', async () => {
    const alarm = new Alarm('The longest wait for the participant');
    while (!state.participantJoined && !isInterrupted(run) && Date.now() < until) {
      await continueAsNewIfLong(run);
      const seen = run.changes;
      await alarm.wait(() => run.changes !== seen, until);
    }
  });
  if (!state.participantJoined && !isInterrupted(run)) askToStop(run, 'maxDuration');
}
