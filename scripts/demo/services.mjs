// @ts-check
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../children.mjs';
import { lastLines } from '../setup/command.mjs';
import { shortPath } from '../setup/paths.mjs';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;

/**
 * @typedef {object} Service
 * @property {string} name as the reader of an error knows it
 * @property {string} command
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} [env] in addition to this process's own
 * @property {() => Promise<boolean>} isReady asked again and again; a rejection counts as not yet
 */

/** The processes of the demo, each with a log file of its own. None of them ends unnoticed. */
export class Services {
  /** @param {string} logDirectory */
  constructor(logDirectory) {
    this.logDirectory = logDirectory;
    /**
     * Each rejects when its service ends.
     * @type {Promise<never>[]}
     */
    this.ends = [];
  }

  /**
   * Starts a service and waits until it is ready.
   * @param {Service} service
   * @returns {Promise<string>} its log file
   */
  async start({ name, command, args, env, isReady }) {
    const logFile = join(this.logDirectory, `${name}.log`);
    await mkdir(this.logDirectory, { recursive: true });
    const log = await open(logFile, 'w');
    const child = startChild(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', log.fd, log.fd] });
    /** @type {Promise<never>} */
    const end = new Promise((_resolve, reject) => {
      /** @param {string} how */
      const fail = (how) => void explain(name, logFile, how).then(reject, reject);
      child.once('error', (error) => fail(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended with ${signal ?? `code ${code}`}`));
    });
    // Whoever does not look at it now does when the next thing is awaited.
    end.catch(() => undefined);
    this.ends.push(end);
    await log.close();
    await this.unlessOneEnds(untilReady(name, logFile, isReady));
    return logFile;
  }

  /**
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   * @throws {Error} as soon as a service ends: its name, how it ended and its last lines
   */
  unlessOneEnds(work) {
    return Promise.race([work, ...this.ends]);
  }
}

/**
 * @param {string} name
 * @param {string} logFile
 * @param {() => Promise<boolean>} isReady
 */
async function untilReady(name, logFile, isReady) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady().catch(() => false))) {
    if (Date.now() > deadline) throw await explain(name, logFile, `was not ready within ${READY_WITHIN_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/**
 * @param {string} name
 * @param {string} logFile
 * @param {string} how
 */
async function explain(name, logFile, how) {
  const log = await readFile(logFile, 'utf8');
  return new Error(`The ${name} ${how}. The end of ${shortPath(logFile)}:\n${lastLines(log, 15)}`);
}
