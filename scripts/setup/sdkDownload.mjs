// @ts-check
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, runCommand, CommandError } from './command.mjs';

/** Long enough for some 50 MB; where the internet is not open it fails at once, or hangs on a firewall that drops packets. */
const DOWNLOAD_TIMEOUT_MS = 2 * 60_000;

/**
 * Lets the Temporal SDK download one of its own ephemeral servers. In a process of its own, because a download inside the native SDK cannot be
 * called off.
 * @param {'dev-server' | 'time-skipping'} server
 * @param {string} version as Temporal tags it, such as `v1.9.1`
 * @param {string} directory an empty one
 * @returns {Promise<string>} the program's path
 */
export async function downloadBySdk(server, version, directory) {
  try {
    const program = fileURLToPath(import.meta.resolve('./sdkDownloadProcess.mjs'));
    await runCommand(process.execPath, [program, server, version, directory], { timeoutMs: DOWNLOAD_TIMEOUT_MS });
  } catch (error) {
    throw error instanceof CommandError ? new Error(lastLines(error.output, 1), { cause: error }) : error;
  }
  const [file] = await readdir(directory);
  if (file === undefined) throw new Error('the SDK downloaded nothing');
  return join(directory, file);
}
