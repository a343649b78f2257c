import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ATTEMPT_WINDOW,
  nextAttempt,
  REPORT_ATTEMPT,
  REQUEST_ATTEMPT,
  type AttemptReport,
  type AttemptRequest,
  type AttemptResponse,
  type PastAttempts,
} from '../contract/credentialAttempts.js';

/** A try without a report for so long counts as rejected: its worker has died. The HTTP call takes 15 s at most. */
const LONGEST_ATTEMPT = 20_000;

interface Attempt {
  id: string;
  since: number;
}

/**
 * Counts the rejected tries of one IAM user or access key, over all workers of a task queue and their restarts, and
 * lets one try run at a time. It knows times only, nothing of the credentials. It ends when nothing has to be
 * remembered any more. See docs/decisions/password-lockout.md.
 * @param past from the previous run
 */
export async function credentialAttempts(past: PastAttempts = { rejected: [], unreported: [] }): Promise<void> {
  let { rejected, unreported } = past;
  let running: Attempt | undefined;
  let requests = 0;

  const settle = (id: string, outcome: AttemptReport['outcome'] | 'unreported') => {
    if (running?.id !== id) return;
    if (outcome === 'rejected') rejected = [...rejected, running.since];
    if (outcome === 'unreported') unreported = [...unreported, running.since];
    // The credentials are correct: so were those that the dead workers tried.
    if (outcome === 'accepted') unreported = [];
    running = undefined;
  };
  const untilEnded = async ({ id, since }: Attempt) => {
    const rest = since + LONGEST_ATTEMPT - Date.now();
    const ended = await condition(() => running?.id !== id, Math.max(1, rest));
    if (!ended) settle(id, 'unreported');
  };

  setHandler(
    defineUpdate<AttemptResponse, [AttemptRequest]>(REQUEST_ATTEMPT),
    async ({ id, credentialsReadAt }): Promise<AttemptResponse> => {
      requests++;
      // Nothing is awaited between the last check and the grant: others wait here too.
      while (running) await untilEnded(running);
      const when = { credentialsReadAt, now: Date.now() };
      const next = nextAttempt(
        [...rejected, ...unreported].sort((a, b) => a - b),
        when,
      );
      if (next !== undefined) {
        return { notBefore: new Date(next).toISOString(), rejected: nextAttempt(rejected, when) !== undefined };
      }
      running = { id, since: Date.now() };
      return {};
    },
  );
  setHandler(defineSignal<[AttemptReport]>(REPORT_ATTEMPT), ({ id, outcome }) => settle(id, outcome));

  // Until no request has come for as long as an attempt has to be remembered.
  let seen: number;
  do {
    seen = requests;
    while (running) await untilEnded(running);
    const pause = rejected.length + unreported.length > 0 ? ATTEMPT_WINDOW : LONGEST_ATTEMPT;
    await condition(() => requests !== seen || workflowInfo().continueAsNewSuggested, pause);
    await condition(allHandlersFinished);
    if (workflowInfo().continueAsNewSuggested && !running)
      await continueAsNew<typeof credentialAttempts>({ rejected, unreported });
  } while (requests !== seen || running);
}
