import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ListedRecording, RecordedFile } from '../../../src/client.js';
import { cli } from './cli.js';
import { startFakeTemporal } from './fakeTemporal.js';
import { startInTerminal } from './terminal.js';

/** Longer than a pipe holds: 64 KiB. */
const RECORDINGS = 5_000;
const FILES = 2_000;

const ids = Array.from({ length: RECORDINGS }, (_, index) => `recording:rtctest:room-${index}:user-${index}:camera`);
const [id = ''] = ids;

const files = Array.from({ length: FILES }, (_, index): RecordedFile => {
  const object = `Record/rtctest/2026-01-31/room001/a-user-with-a-long-name-${index}/s_job001_room001_user001.mp4`;
  return { bucket: 'obsName', object, format: 'MP4', size: 1_000 + index, duration: 65 };
});
const places = files.map(({ bucket, object }) => `${bucket}/${object}`);
const result = {
  ...{ outcome: 'recorded', endedBy: 'stop', fileCount: FILES, totalSize: 1, files },
  ...{ parts: [], gaps: [], warnings: [] },
};

const LIST = ['list', '--limit', '10000'];
const FILES_OF = ['files', '--id', id];
const WATCH = ['watch', '--id', id];

const withFake = async () => ({ TEMPORAL_ADDRESS: await startFakeTemporal(ids, result) });

it('lists thousands of recordings and files, each in a line, and all in JSON', async () => {
  const environment = await withFake();
  const list = await cli(LIST, { environment });
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout.split('\n')).toHaveLength(RECORDINGS + 2);
  expect(list.stdout).toContain(`room-${RECORDINGS - 1}  user-${RECORDINGS - 1}`);

  const table = await cli(FILES_OF, { environment });
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout.match(/obsName\/\S+$/gm)).toEqual(places);
});

it('a slow reader gets all of the JSON', async () => {
  const environment = await withFake();
  const listed = JSON.parse(await readSlowly([...LIST, '--json'], environment)) as ListedRecording[];
  expect(listed.map(({ workflowId }) => workflowId)).toEqual(ids);
  expect(JSON.parse(await readSlowly([...FILES_OF, '--json'], environment))).toEqual(files);
});

it.each([LIST, FILES_OF].flatMap((args) => [args, [...args, '--json']]).map((args) => ({ args })))(
  'ends quietly when its reader has enough after the first line: $args',
  async ({ args }) => {
    const child = start(args, await withFake());
    const stderr = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: '' });
  },
);

it.each([20, 40, 80])('cuts nothing on a terminal of %d columns', async (columns) => {
  const environment = await withFake();
  for (const [args, keys] of [
    [LIST, ids.map((one) => one.split(':')[2] ?? '')],
    [FILES_OF, places],
    [WATCH, places],
  ] as [string[], string[]][]) {
    const terminal = startInTerminal(args, { ...environment, NO_COLOR: '1' }, columns);
    expect(await terminal.ended).toBe(0);
    const words = new Set(terminal.written().split(/\s+/));
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  }
});

function start(args: string[], environment: Record<string, string>) {
  const path = resolve(import.meta.dirname, '../../../dist/cli.js');
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...environment };
  return spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Reads a piece, and leaves the pipe full for a while, again and again. */
async function readSlowly(args: string[], environment: Record<string, string>): Promise<string> {
  const child = start(args, environment);
  let read = '';
  for await (const piece of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    read += piece;
    await sleep(20);
  }
  return read;
}
