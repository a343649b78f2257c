import { styleText } from 'node:util';
import Table from 'cli-table3';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes as people read them: `812 B`, `9.4 MB`. */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), UNITS.length - 1);
  return `${(count / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** A length of time as a clock shows it: `0:07`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A moment to the second, in UTC: `2026-01-31 10:51:55 UTC`. */
export function moment(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}

/** Colours where standard output is a terminal that has them, and NO_COLOR does not forbid them. */
type Style = Parameters<typeof styleText>[0];

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export const bold = (text: string): string => styled('bold', text);
export const faint = (text: string): string => styled('dim', text);
export const good = (text: string): string => styled('green', text);
export const bad = (text: string): string => styled('red', text);
export const doubtful = (text: string): string => styled('yellow', text);

/** Nothing is drawn between rows and columns, so that what is copied or cut out of a table is what stands in it. */
const WITHOUT_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Rows under their headings. @param numeric which columns are set to the right */
export function table(headings: string[], rows: string[][], numeric: number[] = []): string {
  const drawn = new Table({
    head: headings.map(faint),
    colAligns: headings.map((_, column) => (numeric.includes(column) ? 'right' : 'left')),
    chars: WITHOUT_LINES,
    // Its own colours ask neither NO_COLOR nor the terminal.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
