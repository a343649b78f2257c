import { expect, it } from 'vitest';
import { table } from '../../../src/cli/format.js';

it('a table has every row in full, however many there are and however narrow the terminal is', () => {
  const columns = process.stdout.columns;
  process.stdout.columns = 20;
  try {
    const keys = Array.from({ length: 100_000 }, (_, index) => `obsName/Record/${'long/'.repeat(20)}${index}.mp4`);
    const lines = table(
      ['SIZE', 'PLACE'],
      keys.map((key) => ['1 kB', key]),
      [0],
    ).split('\n');
    expect(lines).toHaveLength(keys.length + 1);
    expect(lines[1]).toBe(`1 kB  ${keys[0]}`);
    expect(lines.at(-1)).toBe(`1 kB  ${keys.at(-1)}`);
  } finally {
    process.stdout.columns = columns;
  }
});
