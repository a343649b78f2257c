// @ts-check
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError, runCommand } from './command.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, projectDirectory } from './paths.mjs';
import { reportToTerminal } from './report.mjs';

const COMPILE_TIMEOUT_MS = 5 * 60_000;

/** Whatever decides what dist holds. */
const INPUTS = [
  'src',
  'simulator',
  'scripts/setup/build.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.cjs.json',
  'package-lock.json',
];

const distDirectory = join(projectDirectory, 'dist');

/** Written last, so that an interrupted build is no build. */
const stampFile = join(distDirectory, '.built-from');

/**
 * Builds dist unless it was built from the very same sources.
 * @param {import('./report.mjs').Report} [report]
 */
export async function ensureBuild(report = reportToTerminal) {
  if (await isUpToDate()) return;
  await withLock(
    join(cacheDirectory, 'build.lock'),
    async () => {
      // Another run may have built it while this one waited for the lock.
      if (await isUpToDate()) return;
      report('build: compiling …');
      await build();
      report('build: done');
    },
    report,
  );
}

/**
 * The worker, the receiver, the client (for CommonJS too) and the simulator by tsc, and the bundles of the workflows, which spare each worker the bundling at its start.
 * @throws {Error} with the compiler's complaints
 */
async function build() {
  const sources = await hashOfInputs();
  await rm(distDirectory, { recursive: true, force: true });
  await Promise.all(['tsconfig.build.json', 'tsconfig.cjs.json', 'simulator/tsconfig.json'].map(compile));
  // Else Node and TypeScript would take dist/cjs for the modules that package.json says we are made of.
  await writeFile(join(distDirectory, 'cjs', 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
  // Only now, because this file is also read where nothing is installed yet.
  const { DefaultLogger } = await import('@temporalio/worker');
  const { bundleWorkflows } = await importBundler();
  const workflowsPath = join(distDirectory, 'workflows', 'singleStreamRecording.js');
  const bundle = async (/** @type {string} */ name, /** @type {string[]} */ interceptorModules) => {
    const code = await bundleWorkflows({ workflowsPath, interceptorModules, logger: new DefaultLogger('WARN') });
    await writeFile(join(distDirectory, name), code);
  };
  const tracing = createRequire(import.meta.url).resolve(
    '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
  );
  await bundle('workflow-bundle.js', []);
  // One of its own, so that nobody pays for traces who has not asked for them.
  await bundle('workflow-bundle-traced.js', [tracing]);
  await writeFile(stampFile, sources);
}

/** The built module that bundles workflows: one piece of code for the build and for whoever bundles other workflows. */
export async function importBundler() {
  /** @type {unknown} */
  const built = await import(pathToFileURL(join(distDirectory, 'temporal', 'workflowBundle.js')).href);
  return /** @type {typeof import('../../src/temporal/workflowBundle.js')} */ (built);
}

/** @param {string} project a tsconfig file */
async function compile(project) {
  const tsc = join(projectDirectory, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    await runCommand(process.execPath, [tsc, '-p', project], { cwd: projectDirectory, timeoutMs: COMPILE_TIMEOUT_MS });
  } catch (error) {
    throw error instanceof CommandError
      ? new Error(`tsc -p ${project} failed:\n${error.output}`, { cause: error })
      : error;
  }
}

async function isUpToDate() {
  const stamp = await readFile(stampFile, 'utf8').catch(() => undefined);
  return stamp !== undefined && stamp === (await hashOfInputs());
}

async function hashOfInputs() {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of await filesIn(input))
      hash.update(`${file}\0`).update(await readFile(join(projectDirectory, file)));
  }
  return hash.digest('hex');
}

/**
 * @param {string} input a file or a directory of the project
 * @returns {Promise<string[]>} sorted, so that the hash does not depend on the file system
 */
async function filesIn(input) {
  const entries = await readdir(join(projectDirectory, input), { recursive: true, withFileTypes: true }).catch(
    (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (!entries) return [input];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => relative(projectDirectory, file)).sort();
}
