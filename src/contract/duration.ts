import ms from 'ms';
import { z } from 'zod';

/** The units of `ms` in both cases: a JSON Schema pattern cannot have the flag `i`. */
const UNITS =
  'milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y'.replace(
    /[a-z]/g,
    (letter) => `[${letter}${letter.toUpperCase()}]`,
  );

/** The non-negative durations that `ms` accepts. */
const PATTERN = new RegExp(`^(?:\\d+)?\\.?\\d+ *(?:${UNITS})?$`);

/** `ms` throws on longer texts. */
const LONGEST_TEXT = 100;

const error = ({ input }: { input?: unknown }) =>
  `"${String(input)}" is not a duration; write it as "5 minutes", or in milliseconds`;

/** A duration between `min` and `max` (milliseconds), as a string such as "5 minutes" or in milliseconds. */
export const duration = (min: number, max: number) =>
  z
    .union(
      [
        z.string().max(LONGEST_TEXT, { abort: true }).regex(PATTERN, { error }),
        // Checked below for both kinds; this is for readers of the JSON Schema.
        z.number().meta({ minimum: min, maximum: max }),
      ],
      'must be a duration such as "5 minutes", or milliseconds',
    )
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

/** Parses a duration such as "7 days" into milliseconds; undefined if it has no unit or is none. */
export function parseDuration(text: string): number | undefined {
  return /^\d.*[a-z]$/i.test(text) && text.length <= LONGEST_TEXT ? ms(text as ms.StringValue) : undefined;
}
