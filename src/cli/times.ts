import { InvalidArgumentError } from 'commander';
import ms from 'ms';

/** A length of time in words, such as "2 days", in milliseconds. */
export function readDuration(text: string): number {
  const parsed: number | undefined =
    /^\d.*[a-z]$/i.test(text) && text.length <= 100 ? ms(text as ms.StringValue) : undefined;
  if (parsed === undefined || !(parsed > 0))
    throw new InvalidArgumentError('Give a time such as "2 days" or "1 hour".');
  return parsed;
}

/** A moment in ISO 8601. A day alone begins in UTC. */
export function readMoment(text: string): Date {
  const moment = new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError('Give a time such as "2026-01-31" or "2026-01-31T10:00:00Z".');
  }
  return moment;
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number above 0.');
  return Number(text);
}
