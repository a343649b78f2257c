// @ts-check
/** `npm run session`: runs the commands of docs/terminal-session.md again, and updates what they print there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runScript } from './processes.mjs';
import { ensureBuild, ensurePackages, loadTypeScript, projectDirectory, temporalCli } from './setup.mjs';

await runScript(async () => {
  ensurePackages();
  ensureBuild();
  await loadTypeScript();
  const { startServices } = await import('./services.js');
  const { environment, whileRunning } = await startServices(temporalCli());
  const env = { ...environment, PROGRAM: join(projectDirectory, 'dist', 'cli.js'), NODE: process.execPath };
  const file = join(projectDirectory, 'docs', 'terminal-session.md');
  let page = readFileSync(file, 'utf8');
  const scenes = page.matchAll(/^\$ (sparkrtc-recorder (.+))\n([^]*?)^```/gm);
  for (const [block, command = '', args = '', old = ''] of scenes) {
    // Both streams in the order of arrival.
    const shell = ['-c', `exec "$NODE" "$PROGRAM" ${args} 2>&1`];
    const child = spawn('sh', shell, { cwd: projectDirectory, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await whileRunning(Promise.all([text(child.stdout), once(child, 'exit')]));
    const code = child.exitCode;
    const expected = Number(/^\$ echo \$\?\n(\d+)/m.exec(old)?.[1] ?? 0);
    if (code !== expected) throw new Error(`${command} ended with ${code}:\n${output}`);
    const ending = code === 0 ? '' : `$ echo $?\n${code}\n`;
    page = page.replace(block, () => `$ ${command}\n${output}${ending}\`\`\``);
  }
  writeFileSync(file, page);
});
