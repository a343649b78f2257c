// @ts-check
/**
 * `npm run session`: plays the commands of session/commands.mjs on the services of the demo, and writes what they print to docs/terminal-session.md.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './children.mjs';
import { runScript } from './runScript.mjs';
import { commandLine, SESSION } from './session/commands.mjs';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { projectDirectory } from './setup/paths.mjs';
import { ensureTemporalCli } from './setup/temporalCli.mjs';

const HEAD = `# A session in a terminal

Recorded by \`npm run session\`: every line is what the commands printed, on the services of \`npm run demo\` (Temporal's development server, the simulator, the
receiver and the worker), where simulated time passes ten times as fast. On a terminal \`watch\` paints one picture anew instead of adding lines. \`files --links\` is
left out, because a link is a secret.
`;

await runScript(async () => {
  await ensureDependencies();
  const [temporalCli] = await Promise.all([ensureTemporalCli(), ensureBuild()]);
  // Only now, because it uses installed packages.
  const { setStage } = await import('./demo/stage.mjs');
  const { services, environment } = await setStage(temporalCli);
  const parts = [HEAD];
  for (const scene of SESSION) {
    const { output, code } = await services.unlessOneEnds(play(scene.args, environment));
    const line = commandLine(scene);
    if (code !== (scene.code ?? 0)) throw new Error(`${line} ended with ${code}:\n${output}`);
    const ending = code === 0 ? '' : `$ echo $?\n${code}\n`;
    parts.push(`## ${scene.title}\n\n\`\`\`console\n$ ${line}\n${output}${ending}\`\`\`\n`);
  }
  await writeFile(join(projectDirectory, 'docs', 'terminal-session.md'), parts.join('\n'));
  return 0;
});

/**
 * Runs the built command to its end.
 * @param {string[]} args
 * @param {Record<string, string>} environment
 * @returns {Promise<{ output: string, code: number | null }>} both streams in the order of arrival
 */
function play(args, environment) {
  const child = startChild(process.execPath, [join(projectDirectory, 'dist', 'cli.js'), ...args], {
    cwd: projectDirectory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, code }));
  });
}
