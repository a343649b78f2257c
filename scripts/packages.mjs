// @ts-check
/**
 * Stages the two published packages in .cache/packages from the build, each with an SBOM (sbom.cdx.json). Why two:
 * docs/decisions/two-packages.md. `--check` runs publint and attw, `--pack DIRECTORY` writes their archives.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript } from './processes.mjs';
import { cacheDirectory, compile, ensureBuild, ensurePackages, projectDirectory, report, run } from './setup.mjs';

/** The versions of @temporalio/client that a caller may have. test/package tests the lowest and the newest. */
export const SUPPORTED_CLIENT = '^1.12.3';

/** What the client loads; only the worker needs the others. */
const CLIENT_DEPENDENCIES = ['@grpc/grpc-js', 'ms', 'nexus-rpc', 'zod'];
const CLIENT_PEERS = ['@temporalio/client', '@temporalio/common'];

/** What the worker's API accepts and returns, and what must exist only once in a process. */
const WORKER_PEERS = ['activity', 'client', 'common', 'nexus', 'worker', 'workflow'].map(
  (name) => `@temporalio/${name}`,
);

const CLIENT_FILES = /^dist[\\/](client|contract|cjs|client\..*|nexusService\..*)([\\/]|$)/;

/**
 * @typedef {Record<string, string>} Versions
 * @typedef {{ dependencies: Versions, bin?: Versions | undefined, main?: string | undefined,
 *   types?: string | undefined, exports: object } & Record<string, unknown>} Manifest
 */

// Only parsed: the caller asserts the type.
/** @type {(text: string) => unknown} */
const parse = (text) => JSON.parse(text);

const readManifest = () =>
  /** @type {Manifest} */ (parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8')));

/** @type {(all: Versions, wanted: (name: string) => boolean) => Versions} */
const select = (all, wanted) => Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));

/** @type {(manifest: Manifest) => Manifest[]} */
function published({ dependencies, bin, main, types, exports, version, license, type, engines }) {
  const common = { version, license, type, engines, files: ['dist', 'schemas', 'CHANGELOG.md', 'sbom.cdx.json'] };
  /** @type {(file: string) => object} */
  const module = (file) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
  return [
    {
      name: 'sparkrtc-recorder',
      description: 'Starts and follows single-stream recordings of Huawei Cloud SparkRTC: the client for callers',
      ...common,
      ...{ main, types, exports },
      // For TypeScript's old resolution (node10), which ignores exports.
      typesVersions: { '*': { nexus: ['./dist/cjs/nexusService.d.ts'] } },
      dependencies: select(dependencies, (name) => CLIENT_DEPENDENCIES.includes(name)),
      peerDependencies: Object.fromEntries(CLIENT_PEERS.map((name) => [name, SUPPORTED_CLIENT])),
    },
    {
      name: 'sparkrtc-recorder-worker',
      description: 'Runs single-stream recordings of Huawei Cloud SparkRTC: worker, receiver and CLI',
      ...common,
      bin,
      exports: {
        '.': module('recordingWorkers'),
        './nexus': module('nexusHandler'),
        './schemas/*': './schemas/*',
        './package.json': './package.json',
      },
      dependencies: select(dependencies, (name) => !WORKER_PEERS.includes(name)),
      peerDependencies: select(dependencies, (name) => WORKER_PEERS.includes(name)),
    },
  ];
}

/** Stages the packages from the build. @returns {string[]} their directories */
function stagePackages() {
  return published(readManifest()).map((manifest) => stage(manifest, join(cacheDirectory, 'packages')));
}

/** @type {(manifest: Manifest, parent: string) => string} the package's directory */
function stage(manifest, parent) {
  const directory = join(parent, String(manifest['name']));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const isClient = manifest['name'] === 'sparkrtc-recorder';
  /** @param {string} source */
  const filter = (source) => {
    const path = source.slice(projectDirectory.length + 1);
    if (path === 'dist' || !path.startsWith(`dist${sep}`)) return true;
    if (path === join('dist', '.built-from')) return false;
    return isClient ? CLIENT_FILES.test(path) : !path.startsWith(join('dist', 'cjs'));
  };
  for (const name of ['dist', 'schemas', 'CHANGELOG.md', 'LICENSE', 'README.md']) {
    cpSync(join(projectDirectory, name), join(directory, name), { recursive: true, filter });
  }
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return directory;
}

/** Compiles the examples into .cache/examples, with a copy of the worker's package where an installation has it. */
export function buildExamples() {
  // Not in .cache/packages, which may be staged again while the examples run.
  const modules = join(cacheDirectory, 'examples', 'node_modules');
  for (const manifest of published(readManifest())) if (manifest['bin'] !== undefined) stage(manifest, modules);
  compile('examples/tsconfig.build.json');
}

/**
 * Writes the locked dependencies of the package in CycloneDX's format.
 * @param {string} directory
 */
function writeSbom(directory) {
  const { name, version, dependencies, peerDependencies } =
    /** @type {Record<'name' | 'version', string> & Record<'dependencies' | 'peerDependencies', Versions>} */ (
      parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    );
  // Not `--omit dev`: npm would also omit packages that a development dependency shares.
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: projectDirectory,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const sbom = /** @type {Sbom} */ (parse(stdout));
  const graph = new Map(sbom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const direct = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  const root = sbom.metadata.component;
  const top = (graph.get(root['bom-ref']) ?? []).filter((ref) => direct.has(ref.replace(/@[^@]*$/, '')));
  const needed = new Set(top);
  for (const ref of needed) for (const next of graph.get(ref) ?? []) needed.add(next);
  const ref = `${name}@${version}`;
  sbom.components = sbom.components.filter((component) => needed.has(component['bom-ref']));
  sbom.dependencies = [
    { ref, dependsOn: top },
    ...sbom.dependencies.filter((dependency) => needed.has(dependency.ref)),
  ];
  sbom.metadata.component = { ...root, 'bom-ref': ref, name, purl: `pkg:npm/${ref}` };
  writeFileSync(join(directory, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
}

/**
 * @typedef {{ 'bom-ref': string } & Record<string, unknown>} Component
 * @typedef {{ metadata: { component: Component }, components: Component[],
 *   dependencies: { ref: string, dependsOn: string[] }[] }} Sbom
 */

if (process.argv[1] === import.meta.filename) {
  await runScript(() => {
    const options = /** @type {const} */ ({ check: { type: 'boolean' }, pack: { type: 'string' } });
    const { check, pack } = parseArgs({ options }).values;
    ensurePackages();
    ensureBuild();
    for (const directory of stagePackages()) {
      writeSbom(directory);
      if (check) {
        run('npx', ['publint', '--strict'], { cwd: directory });
        // The worker's package is for ES modules only.
        const profile = directory.endsWith('-worker') ? ['--profile', 'esm-only'] : [];
        run('npx', ['attw', '--pack', '.', ...profile], { cwd: directory });
      }
      if (pack !== undefined) {
        mkdirSync(pack, { recursive: true });
        run('npm', ['pack', '--pack-destination', resolve(pack)], { cwd: directory });
      }
      report(`package: ${directory}`);
    }
    return Promise.resolve();
  });
}
