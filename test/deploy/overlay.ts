import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { manifestsIn, pathOf, read, type Manifest } from './files.js';

/*
 * The overlay of docs/deployment.md on top of deploy/kubernetes.
 */

export interface Built extends Manifest {
  apiVersion: string;
  data?: Record<string, string>;
}

// It is part of a list there, and indented.
const [, indent = '', block = ''] = /^( *)```yaml\n( *# kustomization\.yaml\n[^]*?)^ *```/m.exec(
  read('docs/deployment.md'),
)!;
const overlay = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');

/**
 * The directories as the page has them: the project beside the overlay.
 * @param more further lines of the overlay
 */
export async function buildOverlay(kustomize: string, more = ''): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'overlay-'));
  try {
    await cp(pathOf('deploy/kubernetes'), join(directory, 'sparkrtc-recorder', 'deploy', 'kubernetes'), {
      recursive: true,
    });
    const own = join(directory, 'recorder');
    await mkdir(join(own, 'secrets'), { recursive: true });
    await writeFile(join(own, 'kustomization.yaml'), overlay + more);
    for (const [, name] of overlay.matchAll(/secrets\/(\w+)/g)) await writeFile(join(own, 'secrets', name!), 'secret');
    const { stdout } = await promisify(execFile)(kustomize, ['build', own]);
    return stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}

export const builtIn = (text: string): Built[] => manifestsIn(text) as Built[];
