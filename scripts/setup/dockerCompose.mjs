// @ts-check
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { ensureOptionalExecutable } from './optionalExecutable.mjs';

const VERSION = '2.40.3';
const PACKAGE = 'github.com/docker/compose/v2';

/** The first compilation, with some 200 modules to download, takes minutes on two cores. */
const COMPILE_TIMEOUT_MS = 10 * 60_000;

/** @type {import('./executable.mjs').Executable} */
const dockerCompose = {
  name: 'docker-compose',
  version: VERSION,
  pathVariable: 'DOCKER_COMPOSE_PATH',
  probeArguments: ['version', '--short'],
  identify: (answer) => {
    const version = /^v?(\d+\.\S+|dev)$/m.exec(answer.trim())?.[1];
    // What Go compiles does not know its own number.
    if (version === undefined || version === 'dev') return version && VERSION;
    if (Number(version.split('.')[0]) < 2) throw new Error(`version ${version} is older than 2`);
    return version;
  },
  installers: [{ source: 'a compilation by Go, which can take some minutes', install }],
  advice:
    'Install Go (https://go.dev/dl/), or Docker Compose itself (https://docs.docker.com/compose/) and set DOCKER_COMPOSE_PATH.',
};

/** Docker Compose as a program of its own, which reads and checks a compose file without an engine. */
export const ensureDockerCompose = () =>
  ensureOptionalExecutable(dockerCompose, 'Docker Compose docker-compose.yml is not read by it', {});

/**
 * `go install` refuses it, since its go.mod excludes versions: a module of our own has to ask for it.
 * @param {string} directory
 */
async function install(directory) {
  const program = join(directory, 'docker-compose');
  await writeFile(join(directory, 'go.mod'), `module checks\n\ngo 1.23\n\nrequire ${PACKAGE} v${VERSION}\n`);
  await writeFile(join(directory, 'checks.go'), `//go:build tools\n\npackage checks\n\nimport _ "${PACKAGE}/cmd"\n`);
  const options = {
    cwd: directory,
    env: { ...process.env, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim() },
    timeoutMs: COMPILE_TIMEOUT_MS,
  };
  await runCommand('go', ['mod', 'tidy'], options);
  await runCommand('go', ['build', '-o', program, `${PACKAGE}/cmd`], options);
  return program;
}
