const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** A number may not hold so many digits exactly. */
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/** As `JSON.parse`, but with long integers as strings: the vendor writes some ids as numbers, above 2^53 too. */
export function parseJson(text: string): unknown {
  // First, because the pattern takes quadratic time where a string is never closed, as in no valid JSON.
  const parsed: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return parsed;
  return JSON.parse(text.replace(STRING_OR_NUMBER, (token) => (LONG_INTEGER.test(token) ? `"${token}"` : token)));
}
