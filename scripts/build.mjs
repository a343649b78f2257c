// @ts-check
/** `npm run build`: dist, with the workflows' bundles; does nothing where it was built from the same sources. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { runScript } from './processes.mjs';
import { compile, ensurePackages, projectDirectory, report } from './setup.mjs';

const PROJECTS = ['tsconfig.build.json', 'tsconfig.cjs.json', 'simulator/tsconfig.json'];

/** Everything that decides what dist contains. */
const INPUTS = ['src', 'simulator', 'scripts/build.mjs', 'scripts/bundle.mjs', 'package-lock.json', 'tsconfig.json'];

const dist = join(projectDirectory, 'dist');

/** Written last, so that an interrupted build is no build. */
const stamp = join(dist, '.built-from');

await runScript(async () => {
  ensurePackages();
  const sources = hashOf([...INPUTS, ...PROJECTS]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  report('build: compiling …');
  rmSync(dist, { recursive: true, force: true });
  PROJECTS.forEach(compile);
  // Otherwise Node and TypeScript would take dist/cjs for ES modules, as package.json says.
  writeFileSync(join(dist, 'cjs', 'package.json'), '{"type":"commonjs"}\n');
  // They save each worker the bundling at its start. Only who asks for traces pays for their interceptors.
  const workflows = join(dist, 'workflows', 'singleStreamRecording.js');
  const { resolve } = createRequire(import.meta.url);
  const tracing = resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors');
  writeFileSync(join(dist, 'workflow-bundle.js'), await bundle(workflows));
  writeFileSync(join(dist, 'workflow-bundle-traced.js'), await bundle(workflows, [tracing]));
  writeFileSync(stamp, sources);
});

/** @param {string[]} inputs files and directories */
function hashOf(inputs) {
  const hash = createHash('sha256');
  const files = inputs.flatMap((input) => {
    if (!statSync(join(projectDirectory, input)).isDirectory()) return [input];
    // Sorted, so that the hash does not depend on the file system.
    const names = readdirSync(join(projectDirectory, input), { recursive: true, encoding: 'utf8' }).sort();
    return names.map((name) => join(input, name)).filter((file) => statSync(join(projectDirectory, file)).isFile());
  });
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(projectDirectory, file)));
  return hash.digest('hex');
}
