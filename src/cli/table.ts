import Table from 'cli-table3';
import { faint } from './style.js';

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
