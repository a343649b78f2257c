// @ts-check

/** @typedef {(line: string) => void} Report */

/**
 * One line a step. On stderr, so that what a script prints as its result stays alone on stdout.
 * @type {Report}
 */
export const reportToTerminal = (line) => void process.stderr.write(`set-up: ${line}\n`);
