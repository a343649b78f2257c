import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SUPPORTED_CLIENT } from '../../scripts/packages.mjs';
import { CALLER } from './caller.js';

const PROJECT = join(import.meta.dirname, '..', '..');

export interface Manifest {
  version: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** The lowest client that is supported, and the one that the worker has. */
export const CLIENTS = ['lowest', 'newest'] as const;
export type Version = (typeof CLIENTS)[number];

export interface Installed {
  /** The archives, by the names of the packages. */
  archives: Record<'sparkrtc-recorder' | 'sparkrtc-recorder-worker', string>;
  /** This repository's. */
  manifest: Manifest;
  /** Where the worker's package is installed, and nothing else. */
  workerHome: string;
  /** A program of it by its name in the shell. */
  bin: (name: string) => string;
  /** Callers with the client's package, Temporal's client and zod 3. The projects of a home share its node_modules. */
  callers: Record<Version, Caller>;
  /** A new caller with this client. */
  caller: (client: string, ...options: string[]) => Promise<Caller>;
  remove: () => Promise<void>;
}

export interface Caller {
  home: string;
  /** Two projects with the caller as caller.ts. */
  esm: string;
  commonjs: string;
}

/** Packs the packages and installs them where nothing else is. */
export async function installPacked(): Promise<Installed> {
  const home = await mkdtemp(join(tmpdir(), 'package-'));
  await run(process.execPath, [join(PROJECT, 'scripts', 'packages.mjs'), '--pack', home], PROJECT);
  const manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as Manifest;
  const archive = (name: string) => join(home, `${name}-${manifest.version}.tgz`);
  const archives = {
    'sparkrtc-recorder': archive('sparkrtc-recorder'),
    'sparkrtc-recorder-worker': archive('sparkrtc-recorder-worker'),
  };
  const types = `@types/node@${manifest.devDependencies['@types/node']}`;

  const caller = async (client: string, ...options: string[]): Promise<Caller> => {
    const temporal = ['client', 'common'].map((name) => `@temporalio/${name}@${client}`);
    const directory = await newHome(home, [archives['sparkrtc-recorder'], ...temporal, 'zod@3', types], options);
    const project = async (name: string, content: object) => {
      const path = join(directory, name);
      await mkdir(path);
      await writeFile(join(path, 'package.json'), JSON.stringify(content));
      await writeFile(join(path, 'caller.ts'), CALLER);
      return path;
    };
    return {
      home: directory,
      esm: await project('esm', { type: 'module' }),
      commonjs: await project('commonjs', {}),
    };
  };
  const workerHome = await newHome(home, [archives['sparkrtc-recorder-worker'], types]);
  return {
    archives,
    manifest,
    workerHome,
    bin: (name) => join(workerHome, 'node_modules', '.bin', name),
    callers: {
      lowest: await caller(SUPPORTED_CLIENT.slice(1)),
      newest: await caller(manifest.dependencies['@temporalio/client']!),
    },
    caller,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

async function newHome(parent: string, packages: string[], options: string[] = []): Promise<string> {
  const home = await mkdtemp(join(parent, 'home-'));
  await writeFile(join(home, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...options, ...packages], home);
  return home;
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
