const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** Bytes as people read them: `812 B`, `9.4 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  let amount = count;
  let unit = '';
  for (const next of UNITS) {
    if (amount < 1_000) break;
    amount /= 1_000;
    unit = next;
  }
  return `${amount.toFixed(1)} ${unit}`;
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
