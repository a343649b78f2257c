import type { Figure } from './figures.js';

/** For the eyes of whoever has started it. */
export function printFigures(figures: readonly Figure[]): void {
  for (const { what, ours, theirs, reference, ratio, target, met } of figures) {
    const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
    console.log(`\n${what}`);
    console.log(`  ours       ${ours}`);
    console.log(`  reference  ${theirs} (${reference})`);
    if (ratio) console.log(`  ratio      ${ratio.median.toFixed(2)} × ± ${ratio.noise.toFixed(2)}`);
    console.log(`  target     ${target} ${verdict}`);
  }
}
