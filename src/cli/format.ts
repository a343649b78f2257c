import { styleText } from 'node:util';
import stringWidth from 'string-width';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes: `812 B`, `9.4 MB`. */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), UNITS.length - 1);
  return `${(count / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** A duration: `0:07`, `1:02:03`. */
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

/** Colors only on a terminal that has them, and not with NO_COLOR. */
type Style = Parameters<typeof styleText>[0];

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export const bold = (text: string): string => styled('bold', text);
export const faint = (text: string): string => styled('dim', text);
export const good = (text: string): string => styled('green', text);
export const bad = (text: string): string => styled('red', text);
export const warn = (text: string): string => styled('yellow', text);

const GAP = '  ';

/**
 * A table without lines, so that it can be copied and cut. No cell is shortened or wrapped, however narrow the
 * terminal: object keys stay whole.
 * @param numeric the columns that are aligned to the right
 */
export function table(headings: string[], rows: string[][], numeric: number[] = []): string {
  const cells = [headings.map(faint), ...rows].map((row) => row.map((text) => ({ text, width: stringWidth(text) })));
  const widths = headings.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.width ?? 0), 0),
  );
  return cells
    .map((row) =>
      row
        .map(({ text, width }, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - width);
          return numeric.includes(column) ? padding + text : text + padding;
        })
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}
