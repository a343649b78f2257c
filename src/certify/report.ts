import { isForbidden } from './caller.js';
import type { Observations } from './observations.js';
import { MOOT, settleAll, type Needs } from './questions.js';

/** What was learned. It contains neither secrets nor personal data. */
export interface Report {
  /** Whether all that can be settled without a publisher, or with the given one, was settled, and nothing is left. */
  ok: boolean;
  settled: { option: string; question: string; value: unknown }[];
  notSettled: { option: string; question: string; reason: string }[];
  /** The calls that were rejected with 403. */
  forbidden: string[];
  /** Why the run ended early. */
  problem?: string;
  /** What could not be removed. */
  left: string[];
}

export function reportOf(
  seen: Observations,
  { hasPublisher, problem, left }: { hasPublisher: boolean; problem: string | undefined; left: string[] },
): Report {
  const settled: Report['settled'] = [];
  const notSettled: Report['notSettled'] = [];
  let ok = problem === undefined && left.length === 0;
  const findings = settleAll(seen);
  const withoutEvents = findings.some(({ option, value }) => option === 'overEventType' && value === 'none');
  for (const { option, question, needs, value } of findings) {
    if (value === MOOT) continue;
    if (value !== undefined) {
      settled.push({ option, question, value });
      continue;
    }
    const needsPublisher = !hasPublisher && (needs === 'file' || (needs === 'event' && withoutEvents));
    ok &&= needsPublisher;
    const reason = needsPublisher
      ? 'give --room and --user of someone who will publish'
      : problem !== undefined
        ? 'the run has ended before'
        : reasonOf(needs, seen);
    notSettled.push({ option, question, reason });
  }
  const forbidden = [...new Set(seen.exchanges.filter(isForbidden).map(({ call }) => call))];
  return { ok, settled, notSettled, forbidden, ...(problem !== undefined && { problem }), left };
}

function reasonOf(needs: Needs | undefined, { events }: Observations): string {
  if (needs !== undefined && events.length === 0) return 'no event has arrived: check that CALLBACK_URL leads here';
  if (needs === 'file') return 'no file was recorded: check that the user has published, and the bucket';
  return 'the vendor showed none of the known possibilities';
}

/** The options of a simulator that behaves like the vendor, as far as that is settled. */
export function dialectOf({ settled }: Pick<Report, 'settled'>): Record<string, unknown> {
  return Object.fromEntries(settled.map(({ option, value }) => [option, value]));
}
