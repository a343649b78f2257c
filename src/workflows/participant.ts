import { condition, log } from '@temporalio/workflow';
import type { ParticipantPoll } from '../contract/activityTypes.js';
import { pollParticipant } from './activities.js';
import { isEndRequestAcknowledged, untilFirst, type Run } from './run.js';
import { appIdOf, requestStop, settingsOf, silentSince, warn, type RecordingState } from './state.js';

/* Whether the recorded user has joined the room, or has left it, by the vendor's list of online users. */

/** What a recording loses without the list; step 5 has other ways too, so it reports no outage. */
const CONSEQUENCES = {
  present: {
    rejected: 'The list of users does not report the participant: SparkRTC rejected the request.',
    unavailable: '',
  },
  absent: {
    rejected: 'stopAfterAbsence has no effect: SparkRTC rejected the request for its list of users.',
    unavailable: 'stopAfterAbsence had no effect for a while: the list of users was not available.',
  },
};

/**
 * Polls until the list shows the user as present, or as absent. Without a list it waits until its scope is cancelled,
 * with one warning.
 * @param recordingSince when the recording began; the user may have joined before
 */
export async function pollUser(
  state: RecordingState,
  until: ParticipantPoll['until'],
  recordingSince: number,
): Promise<void> {
  const { roomId, userId, recordRule } = settingsOf(state);
  const user = { projectId: recordRule.obsAddr.projectId, appId: appIdOf(state), roomId, userId };
  const problems = state.userListProblems;
  while (problems[until] !== 'rejected') {
    const reportsOutage = until === 'absent' && problems[until] === undefined;
    const { outcome, reason = '' } = await pollParticipant({ ...user, until, recordingSince, reportsOutage });
    if (outcome === 'reached') return;
    problems[until] = outcome;
    const warning = `${CONSEQUENCES[until][outcome]} ${reason}`;
    log.warn(warning);
    warn(state, warning);
  }
  await condition(() => false);
}

/**
 * Requests the end when nothing is recorded and the user has left: the vendor would continue until the whole room is
 * empty. Returns at once without the setting.
 */
export async function requestEndAfterAbsence(run: Run): Promise<void> {
  const { state } = run;
  const { stopAfterAbsence: limit } = settingsOf(state);
  const { startedAt } = state;
  if (limit === undefined || startedAt === undefined) return;
  for (;;) {
    await condition(() => silentSince(state) !== undefined && !isEndRequestAcknowledged(run));
    const since = silentSince(state);
    // Another event of the same workflow task has begun a file.
    if (since === undefined) continue;
    const isOver = () => silentSince(state) !== since || isEndRequestAcknowledged(run);
    if (await condition(isOver, Math.max(1, since + limit - Date.now()))) continue;
    let hasLeft = false;
    await untilFirst(
      () => condition(isOver),
      async () => {
        await pollUser(state, 'absent', startedAt);
        hasLeft = true;
      },
    );
    if (hasLeft && !isOver()) return requestStop(state, 'absence', Date.now());
  }
}
