// @ts-check
/** `npm run check:workflows`: actionlint and zizmor on .github/workflows. Reports a tool that is not available. */
import { runProcess, runScript } from './processes.mjs';
import { findTool, projectDirectory } from './setup.mjs';

await runScript(async () => {
  let failures = 0;
  // Offline: its online checks, such as an action's advisories, need a token.
  for (const [variable, ...args] of [
    ['ACTIONLINT_PATH'],
    ['ZIZMOR_PATH', '--offline', '--persona', 'pedantic', '.github/workflows'],
  ]) {
    const program = findTool(String(variable), 'a check of the workflows');
    if (program !== undefined && (await runProcess(program, args, { cwd: projectDirectory })) !== 0) failures += 1;
  }
  return failures === 0 ? 0 : 1;
});
