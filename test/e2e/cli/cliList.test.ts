import { expect, it, vi } from 'vitest';
import type { ListedRecording, RecordingFilters } from '../../../src/client.js';
import { bareNamespace } from '../../support/bareNamespace.js';
import { startRig } from '../../support/recordingRig.js';
import { cli, ofRig } from './cli.js';

it('finds recordings by what is asked for, for people and for programs', async () => {
  const rig = await startRig();
  const environment = ofRig(rig);
  const before = new Date();
  await (await rig.start({ userId: 'done' })).result();
  const open = await rig.start({
    userId: 'open',
    roomId: 'room002',
    waitForParticipant: true,
    videoType: 'SCREENSTREAM',
  });

  const users = async (filters: RecordingFilters) => {
    const found: string[] = [];
    for await (const { userId } of rig.recordings.list({ appName: rig.appName, ...filters })) found.push(userId);
    return found.sort();
  };
  // The index follows a moment later.
  await expect.poll(() => users({ phase: 'waitingForParticipant' }), { timeout: 60_000 }).toEqual(['open']);
  await expect.poll(() => users({ outcome: 'recorded' }), { timeout: 60_000 }).toEqual(['done']);
  expect(await users({})).toEqual(['done', 'open']);
  expect(await users({ userId: 'done' })).toEqual(['done']);
  expect(await users({ roomId: 'room002' })).toEqual(['open']);
  expect(await users({ running: true })).toEqual(['open']);
  expect(await users({ running: false })).toEqual(['done']);
  expect(await users({ outcome: 'partial' })).toEqual([]);
  expect(await users({ since: before })).toEqual(['done', 'open']);
  expect(await users({ until: before })).toEqual([]);
  // Whatever a value holds stays a value.
  for (const value of ['room002" OR RecordingRoom != "x', 'room002\\', '\\" OR "', "' OR '1'='1"]) {
    expect(await users({ roomId: value })).toEqual([]);
  }

  const all = await cli(['list', '--app', rig.appName], { environment: { ...environment, FORCE_COLOR: '0' } });
  expect(all).toMatchObject({ code: 0, stderr: '' });
  const [headings, first, second, ...rest] = all.stdout.split('\n');
  expect(headings).toMatch(/^APP +ROOM +USER +STREAM +STATE +STARTED +TOOK +JOB$/);
  expect(first).toMatch(
    new RegExp(`^${rig.appName} +room002 +open +screen +waitingForParticipant +20\\d\\d-.* UTC +0:\\d\\d$`),
  );
  expect(second).toMatch(
    new RegExp(`^${rig.appName} +room001 +done +camera +recorded +20\\d\\d-.* UTC +0:\\d\\d +\\w+$`),
  );
  expect(rest).toEqual(['']);

  const one = await cli(['list', '--app', rig.appName, '--running', '--last', '2 days', '--json'], { environment });
  const [listed, ...others] = JSON.parse(one.stdout) as ListedRecording[];
  expect(listed).toMatchObject({ workflowId: open.workflowId, videoType: 'SCREENSTREAM', state: 'RUNNING' });
  expect(others).toEqual([]);

  const cut = await cli(['list', '--app', rig.appName, '--limit', '1'], { environment });
  expect(cut.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(cut.stderr).toMatch(/^There are more than these 1: .*--limit.*\n$/);
  const none = await cli(['list', '--app', rig.appName, '--outcome', 'empty'], { environment });
  expect(none).toEqual({ code: 0, stdout: 'No recordings found.\n', stderr: '' });
  await open.stop();
  await open.result();
});

it('says in one line what a namespace without search attributes lacks', async () => {
  const { namespace } = await bareNamespace();
  // The namespace is not known everywhere at once.
  await vi.waitFor(
    async () => {
      const { code, stdout, stderr } = await cli(['list', '--app', 'a'], {
        environment: { TEMPORAL_NAMESPACE: namespace },
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^The namespace "bare-\w+" lacks search attributes .*RecordingApp.*npm run setup:namespace\).*\n$/,
      );
    },
    { timeout: 40_000 },
  );
});
