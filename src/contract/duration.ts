import ms from 'ms';
import { z } from 'zod';

/** The units of `ms`, in small letters and capitals: a pattern of JSON Schema cannot have the flag `i`. */
const UNITS =
  'milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y'.replace(
    /[a-z]/g,
    (letter) => `[${letter}${letter.toUpperCase()}]`,
  );

/** What `ms` takes for a length of time, less its negative ones. */
const PATTERN = new RegExp(`^(?:\\d+)?\\.?\\d+ *(?:${UNITS})?$`);

/** `ms` throws at longer texts. */
const LONGEST_TEXT = 100;

const error = ({ input }: { input?: unknown }) =>
  `"${String(input)}" is no time; write it as "5 minutes", or in milliseconds`;

/** A length of time, a string such as "5 minutes" or milliseconds, as whole milliseconds; `min` and `max` are such. */
export const duration = (min: number, max: number, fallback: ms.StringValue) =>
  z
    .union(
      [
        z.string().max(LONGEST_TEXT, { abort: true }).regex(PATTERN, { error }),
        // Checked below, in words that fit both; said here for who reads the JSON Schema.
        z.number().meta({ minimum: min, maximum: max }),
      ],
      'must be a time such as "5 minutes", or milliseconds',
    )
    .default(fallback)
    .transform((value, context) => {
      const parsed = typeof value === 'number' ? value : ms(value as ms.StringValue);
      if (parsed < min || parsed > max) {
        context.addIssue({
          code: 'custom',
          message: `must be between ${ms(min, { long: true })} and ${ms(max, { long: true })}, not ${value}`,
        });
        return z.NEVER;
      }
      return Math.round(parsed);
    });

/** A time such as "7 days", in milliseconds; a bare number would leave its unit open. Undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  return /^\d.*[a-z]$/i.test(text) && text.length <= LONGEST_TEXT ? ms(text as ms.StringValue) : undefined;
}
