// @ts-check
import { join } from 'node:path';
import { messageOf, runCommand } from './command.mjs';

const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * Installs pinned packages into a directory of their own, by any pip that the machine's Python 3 can offer: a Debian may have pip without venv, or
 * venv without pip. pip itself refuses a download whose SHA-256 is not one of those in the requirements file.
 * @param {string} requirementsFile
 * @param {string} directory an empty one; the programs are in its `installed/bin` afterwards
 * @returns {Promise<string>} where the programs are
 */
export async function installWithPip(requirementsFile, directory) {
  const python = await pythonWithPip(directory);
  const target = join(directory, 'installed');
  const hashedWheelsOnly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '-r', requirementsFile];
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input'];
  await runCommand(python, ['-m', 'pip', 'install', ...quietly, '--target', target, ...hashedWheelsOnly], {
    timeoutMs: INSTALL_TIMEOUT_MS,
    // A user's own pip settings for places to install to would contradict --target.
    env: { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
  });
  return join(target, 'bin');
}

/** @param {string} directory */
async function pythonWithPip(directory) {
  const limit = { timeoutMs: 60_000 };
  try {
    await runCommand('python3', ['-m', 'pip', '--version'], limit);
    return 'python3';
  } catch (withoutPip) {
    try {
      await runCommand('python3', ['-m', 'venv', join(directory, 'venv')], limit);
      return join(directory, 'venv', 'bin', 'python');
    } catch (withoutVenv) {
      throw new Error(`Python 3 with pip or venv is needed: ${messageOf(withoutPip)}; ${messageOf(withoutVenv)}`, {
        cause: withoutVenv,
      });
    }
  }
}
