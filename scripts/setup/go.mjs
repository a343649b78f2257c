// @ts-check
import { basename, join } from 'node:path';
import { runCommand } from './command.mjs';

/**
 * Compiles a program with `go install`.
 * @param {string} program path and version, such as `example.org/tool/cmd/tool@v1.2.3`
 * @param {string} directory where it is put
 * @param {number} timeoutMs
 * @returns {Promise<string>} the program's file
 */
export async function installWithGo(program, directory, timeoutMs) {
  await runCommand('go', ['install', program], {
    cwd: directory,
    // The module cache is made writable, so that a temporary HOME can be deleted like any directory.
    env: { ...process.env, GOBIN: directory, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim() },
    timeoutMs,
  });
  const [path = ''] = program.split('@');
  // Go names a program by its path, without the major version that may end it.
  return join(directory, basename(path.replace(/\/v\d+$/, '')));
}
