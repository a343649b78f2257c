import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CALLER } from './caller.js';

const PROJECT = join(import.meta.dirname, '..', '..');

export interface Manifest {
  version: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

export interface Installed {
  /** What `npm pack` put into the package, as paths in it. */
  packed: string[];
  manifest: Manifest;
  /** The installed package. */
  directory: string;
  /** A program of it by its name in the shell. */
  bin: (name: string) => string;
  /** Two projects that have installed it, with the caller as caller.ts. They share one node_modules, since that has nothing to do with their kind. */
  projects: { esm: string; commonjs: string };
  remove: () => Promise<void>;
}

/** Packs this package and installs it where nothing else is. */
export async function installPacked(): Promise<Installed> {
  const home = await mkdtemp(join(tmpdir(), 'package-'));
  const packing = await run('npm', ['pack', '--json', '--pack-destination', home], PROJECT);
  // What the build prints comes first.
  const [pack] = JSON.parse(packing.slice(packing.lastIndexOf('\n[') + 1)) as [Pack];
  const manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as Manifest;

  const { '@temporalio/client': client } = manifest.dependencies;
  const { typescript, '@types/node': node } = manifest.devDependencies;
  await writeFile(join(home, 'package.json'), '{"private":true}');
  const packages = [
    `./${pack.filename}`,
    `@temporalio/client@${client}`,
    `typescript@${typescript}`,
    `@types/node@${node}`,
  ];
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], home);

  const project = async (name: string, content: object) => {
    const directory = join(home, name);
    await mkdir(directory);
    await writeFile(join(directory, 'package.json'), JSON.stringify(content));
    await writeFile(join(directory, 'caller.ts'), CALLER);
    return directory;
  };
  return {
    packed: pack.files.map(({ path }) => path),
    manifest,
    directory: join(home, 'node_modules', 'sparkrtc-recorder'),
    bin: (name) => join(home, 'node_modules', '.bin', name),
    projects: { esm: await project('esm', { type: 'module' }), commonjs: await project('commonjs', {}) },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

interface Pack {
  filename: string;
  files: { path: string }[];
}

/** Runs a command to its end; rejects with all that it printed. */
export async function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env: { ...process.env, ...env } });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
