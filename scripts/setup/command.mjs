// @ts-check
import { basename } from 'node:path';
import { setTimeout as startTimer, clearTimeout as stopTimer } from 'node:timers';
import { startChild, stopChild } from '../children.mjs';

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} timeoutMs milliseconds until the command is stopped and counts as failed
 */

/** A command that could not be started, ended with another code than 0, or took too long. */
export class CommandError extends Error {
  /**
   * @param {string} message
   * @param {string} output everything it printed, both streams
   */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a command to its end and answers with all that it printed, both streams in the order of arrival.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} options
 * @returns {Promise<string>}
 * @throws {CommandError}
 */
export function runCommand(command, args, { cwd, env, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const child = startChild(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
    }
    const name = [basename(command), ...args.slice(0, 2)].join(' ');
    let tookTooLong = false;
    const timer = startTimer(() => {
      tookTooLong = true;
      void stopChild(child, 2_000);
    }, timeoutMs);
    child.once('error', (error) => {
      stopTimer(timer);
      reject(new CommandError(`${name} cannot be run: ${error.message}`, output));
    });
    child.once('close', (code, signal) => {
      stopTimer(timer);
      if (code === 0) resolve(output);
      else if (tookTooLong) reject(new CommandError(`${name} was not done after ${timeoutMs / 1000} s`, output));
      else reject(new CommandError(`${name} ended with ${signal ?? `code ${code}`}: ${lastLines(output, 15)}`, output));
    });
  });
}

/**
 * The end of an output, where tools say why they failed.
 * @param {string} output
 * @param {number} count
 */
export function lastLines(output, count) {
  return output.trim().split('\n').slice(-count).join('\n').trim() || '(it printed nothing)';
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
