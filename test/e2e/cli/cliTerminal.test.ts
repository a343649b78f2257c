import { stripVTControlCharacters } from 'node:util';
import { expect, it, vi } from 'vitest';
import { startRig } from '../../support/recordingRig.js';
import { keyOf, ofRig } from './cli.js';
import { startInTerminal } from './terminal.js';

const SOON = { timeout: 60_000, interval: 50 };

const ESCAPE = '\x1b';
const CSI = `${ESCAPE}[`;
const CURSOR_UP = new RegExp(`${ESCAPE}\\[\\d+A`);
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`);

it('paints the progress in place and in colours, and leaves the outcome', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const watching = startInTerminal(['watch', ...keyOf(rig)], ofRig(rig));
  const painted = () => stripVTControlCharacters(watching.written());
  // The clock has gone on: it was painted more than once.
  await vi.waitUntil(() => new Set(painted().match(/recording {2}0:\d\d/g)).size >= 2, SOON);
  await recording.stop();
  expect(await watching.ended).toBe(0);

  expect(watching.written()).toContain(`${CSI}1m`);
  expect(watching.written()).toContain(`${CSI}32m✓ recorded${CSI}39m`);
  // The cursor goes up again, and is shown again at the end.
  expect(watching.written()).toMatch(CURSOR_UP);
  expect(watching.written().lastIndexOf(`${CSI}?25h`)).toBeGreaterThan(watching.written().lastIndexOf(`${CSI}?25l`));
  expect(painted()).toContain('Ctrl-C stops watching; the recording continues.');
  expect(painted()).toMatch(/✓ recorded: 1 file, .* ended by stop\r?\nFORMAT/);
});

it('a Ctrl-C there ends the watching and gives the cursor back; NO_COLOR leaves the colours out', async () => {
  const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
  const recording = await rig.start();
  const watching = startInTerminal(['watch', ...keyOf(rig)], { ...ofRig(rig), NO_COLOR: '1' });
  await vi.waitUntil(() => watching.written().includes('recording'), SOON);
  watching.pressCtrlC();
  expect(await watching.ended).toBe(130);
  expect(watching.written()).toContain(`Stopped watching; the recording continues.`);
  expect(watching.written().lastIndexOf(`${CSI}?25h`)).toBeGreaterThan(watching.written().lastIndexOf(`${CSI}?25l`));
  expect(watching.written()).not.toMatch(COLOUR);
  await recording.stop();
  await recording.result();
});
