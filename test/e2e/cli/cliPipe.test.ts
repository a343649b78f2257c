import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, inject, it } from 'vitest';
import { startRig } from '../../support/recordingRig.js';
import { keyOf, ofRig } from './cli.js';

const CLI = resolve(import.meta.dirname, '../../../dist/cli.js');

it('ends quietly when its output is closed early, as by head', async () => {
  const child = spawn(process.execPath, [CLI, '--help']);
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

it('a watch whose reader leaves before the end has not seen a recording end: its exit code says so', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const env = { PATH: process.env.PATH, TEMPORAL_ADDRESS: inject('temporalAddress'), ...ofRig(rig) };
  const child = spawn(process.execPath, [CLI, 'watch', ...keyOf(rig), '--json'], { env });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  // What it writes next finds no reader.
  await recording.stop();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  await recording.result();
});
