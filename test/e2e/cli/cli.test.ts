import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { ALL_LOST } from '../recording/faults.js';
import { startRig } from '../../support/recordingRig.js';
import { seedInput } from '../../support/given.js';
import { cli, keyOf, ofRig, printed } from './cli.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('a recording by the CLI', () => {
  it('is started from a file, found running, looked at and stopped', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
    const environment = ofRig(rig);
    const input = rig.input();
    const path = await file('recording.json', JSON.stringify(input));
    const workflowId = `recording:${rig.appName}:room001:user001:camera`;

    const started = await cli(['start', '--input', path, '--json'], { environment });
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const run = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(printed(started.stdout)).toEqual([{ workflowId, runId: run, alreadyRunning: false, warnings: [] }]);
    await expect.poll(() => rig.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');

    const again = await cli(['start', '-i', '-', '--json'], {
      environment,
      stdin: JSON.stringify({ ...input, maxIdleTime: 6 }),
    });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(printed(again.stdout)).toEqual([
      { workflowId, alreadyRunning: true, warnings: [expect.stringContaining('maxIdleTime')] },
    ]);

    const status = await cli(['status', ...keyOf(rig), '--json'], { environment });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(printed(status.stdout)).toMatchObject([{ phase: 'recording', jobId: rig.simulator.jobs[0]?.job_id }]);

    const stopped = await cli(['stop', '--id', workflowId, '--wait', '--json'], { environment });
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(printed(stopped.stdout)).toMatchObject([
      { stopRequestedBy: 'stop' },
      { outcome: 'recorded', endedBy: 'stop', fileCount: 1 },
    ]);
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('is waited for from start to end; a failed one ends with 1 and says why in one line', async () => {
    const good = await startRig();
    const stdin = JSON.stringify(good.input());
    const waited = await cli(['start', '-i', '-', '--wait', '--json'], { environment: ofRig(good), stdin });
    expect(waited.code).toBe(0);
    expect(printed(waited.stdout)).toMatchObject([{ alreadyRunning: false }, { outcome: 'recorded' }]);

    const bad = await startRig({ credentials: { password: 'canary-wrong-password' } });
    const failed = await cli(['start', '-i', '-', '--wait'], {
      environment: ofRig(bad),
      stdin: JSON.stringify(bad.input()),
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /^AuthenticationFailed: Camera of user001.*HW_USER_PASSWORD.* See docs\/errors\.md#authenticationfailed\.\n$/,
    );
    expect(failed.stdout + failed.stderr).not.toContain('canary');
  });
});

describe('what people read', () => {
  it('of a recording from start to stop', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
    const environment = ofRig(rig);
    const stdin = JSON.stringify(rig.input());
    const name = `Camera of user001 in room001 (${rig.appName})`;
    const id = `recording:${rig.appName}:room001:user001:camera`;

    const started = await cli(['start', '-i', '-'], { environment, stdin });
    expect(started).toEqual({
      code: 0,
      stderr: '',
      stdout: `${name} is being recorded.\nFollow it:  sparkrtc-recorder watch --id ${id}\n`,
    });
    await expect.poll(() => rig.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');
    const again = await cli(['start', '-i', '-'], {
      environment,
      stdin: JSON.stringify(rig.input({ maxIdleTime: 6 })),
    });
    expect(again.stdout).toMatch(/ is being recorded already\.\n! The running recording .* maxIdleTime; it continues/);

    const status = await cli(['status', ...keyOf(rig)], { environment });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(/^Camera of .*\n {2}phase {5}recording {2}0:\d\d\n {2}job {7}\S+ {2}s_\S+\n/);
    expect(status.stdout).not.toContain('\x1b');

    const stopped = await cli(['stop', ...keyOf(rig), '--wait'], { environment });
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toMatch(
      / is being stopped\.\n✓ recorded: 1 file, .* ended by stop\nFORMAT .*\nMP4 .* obsName\/Record\//,
    );
    expect((await cli(['status', ...keyOf(rig)], { environment })).stdout).toMatch(
      /outcome {3}✓ recorded, ended by stop/,
    );
  });

  it('of one whose callbacks are lost: the last poll while it is pending, then what it found', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000, faults: [ALL_LOST] } });
    const environment = ofRig(rig);
    const recording = await rig.start({ reconcileInterval: '1 second' });
    const status = (...options: string[]) => cli(['status', ...keyOf(rig), ...options], { environment });
    await expect.poll(() => recording.lastPoll()).toMatchObject({ state: 'RUNNING' });

    const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.source;
    const pending = await status();
    expect(pending).toMatchObject({ code: 0, stderr: '' });
    expect(pending.stdout).toMatch(
      new RegExp(`^ {2}job is {4}RUNNING {2}${time}\n {2}polled {4}RUNNING {2}${time}$`, 'm'),
    );
    expect(printed((await status('--json')).stdout)).toMatchObject([
      {
        phase: 'recording',
        lastReconcile: { state: 'RUNNING' },
        lastPoll: { at: expect.stringMatching(time) as string, state: 'RUNNING' },
      },
    ]);

    await recording.stop();
    expect(await recording.result()).toMatchObject({ endedBy: 'stop', fileCount: 1 });
    const over = await status();
    expect(over.stdout).toMatch(new RegExp(`^ {2}job is {4}STOPPED {2}${time}$`, 'm'));
    expect(over.stdout).not.toContain('polled');
  });

  it('of a failed one: type, what happened, what to do, and where more is said', async () => {
    const rig = await startRig({ simulator: { buckets: [{ name: 'obsName', authorized: false }] } });
    await expect((await rig.start()).result()).rejects.toThrow();
    const { code, stdout } = await cli(['status', ...keyOf(rig)], { environment: ofRig(rig) });
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(-5)).toEqual([
      '✗ BucketNotAuthorized',
      `  what      Camera of user001 in room001 (${rig.appName}): SparkRTC is not authorized to write to the bucket "obsName".`,
      '  to do     Authorize SparkRTC for the bucket in its console, then start the recording again.',
      '  more      docs/errors.md#bucketnotauthorized',
      '',
    ]);
  });
});

describe.concurrent('the CLI complains in plain words', () => {
  it.each(['status', 'stop', 'watch', 'files'])('%s of no recording: exit code 3', async (command) => {
    const { code, stdout, stderr } = await cli([command, '--app', 'none', '--room', 'room001', '--user', 'user001']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^There is no recording "recording:none:room001:user001:camera"\..*\n$/);
  });

  it('input that does not fit: exit code 2, a line for each field', async () => {
    // JSON leaves the one that is undefined out.
    const stdin = JSON.stringify({
      ...seedInput,
      recordRule: undefined,
      roomId: 'a room',
      maxIdleTime: 1,
      maxduration: '1 hour',
    });
    const { code, stdout, stderr } = await cli(['start', '-i', '-'], { stdin });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [headline, ...lines] = stderr.trimEnd().split('\n');
    expect(headline).toBe('The recording was not started; its input does not fit:');
    const fields = lines.map((line) => /^ {2}- (\w+): \S/.exec(line)?.[1]);
    expect(fields.sort()).toEqual(['maxIdleTime', 'maxduration', 'recordRule', 'roomId']);
  });

  it('reads an input with a byte order mark, and names UTF-16', async () => {
    const marked = await cli(['start', '-i', '-'], { stdin: '\uFEFF{}' });
    expect(marked.stderr).toMatch(/^The recording was not started; its input does not fit:/);
    const path = join(directory, 'utf16.json');
    await writeFile(path, '\uFEFF{}', 'utf16le');
    const { code, stderr } = await cli(['start', '-i', path]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: ${path} cannot be read: it is UTF-16: save it as UTF-8\n`,
    });
  });

  it.each([
    ['no JSON', ['start', '-i', '-'], /^error: standard input is not JSON: .+\n$/],
    [
      'no file',
      ['start', '-i', '/nonexistent/input.json'],
      /^error: \/nonexistent\/input\.json cannot be read: ENOENT.+\n$/,
    ],
    ['no input', ['start'], /^error: required option '-i, --input <file>' not specified\n$/],
    [
      'an unknown option',
      ['start', '-i', '-', '--imput', 'x'],
      /^error: unknown option '--imput'\n(\(Did you mean --input\?\)\n)?$/,
    ],
    ['an unknown command', ['begin'], /^error: unknown command 'begin'\n/],
    ['no reference', ['status'], /^error: give --id, or --app, --room and --user\n$/],
    ['half a reference', ['stop', '--app', 'a', '--room', 'b'], /^error: give --id, or --app, --room and --user\n$/],
    [
      'two references',
      ['status', '--id', 'a', '--app', 'b'],
      /^error: option '--id <workflowId>' cannot be used with option '--app <appName>'\n$/,
    ],
    ['no command', [], /^Usage: sparkrtc-recorder/],
    [
      'no phase',
      ['list', '--phase', 'asleep'],
      /^error: option '--phase <phase>' argument 'asleep' is invalid\..+\n$/,
    ],
    [
      'no time',
      ['list', '--last', '10 bananas'],
      /^error: option '--last <duration>' argument .* Give a time such as .+\n$/,
    ],
    [
      'no moment',
      ['list', '--since', 'noon'],
      /^error: option '--since <time>' argument .* Give a time such as .+\n$/,
    ],
    [
      'two beginnings',
      ['list', '--last', '1 day', '--since', '2026-01-31'],
      /^error: option .* cannot be used with .+\n$/,
    ],
    [
      'no count',
      ['list', '--limit', '0'],
      /^error: option '--limit <count>' argument .* Give a whole number above 0\.\n$/,
    ],
    [
      'links that are too long',
      ['files', '--id', 'a', '--links', '--expires', '8 days'],
      /^error: .* to "7 days"\.\n$/,
    ],
    [
      'links without keys',
      ['files', '--id', 'a', '--links'],
      /^The account cannot be used; .*:(\n {2}- HW_(USER_NAME|USER_PASSWORD|DOMAIN_NAME) is missing){3}\n$/,
    ],
    ['a port that is none', ['simulate', '--port', 'x'], /SIMULATOR_PORT: must be a port/],
  ])('%s: exit code 2', async (_what, args, message) => {
    const { code, stdout, stderr } = await cli(args, { stdin: '{"appName":\n x}' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('a namespace that is not there: exit code 2, one line', async () => {
    for (const args of [['list'], ['status', '--id', 'x'], ['watch', '--id', 'x']]) {
      const { code, stdout, stderr } = await cli(args, { environment: { TEMPORAL_NAMESPACE: 'nowhere' } });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Temporal has no namespace "nowhere": set TEMPORAL_NAMESPACE .*\n$/);
    }
  });

  it('with its stack and those of its causes where that is asked for', async () => {
    const { code, stderr } = await cli(['status', '--id', 'x', '--verbose']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^There is no recording "x".*\nRecordingNotFoundError: .*\n {4}at /);
  });

  it('Temporal away: exit code 1, one line with the address', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await cli(['status', '--id', 'x'], {
      environment: { TEMPORAL_ADDRESS: address },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Temporal cannot be reached: .*TEMPORAL_ADDRESS.*${address}.*\\n$`));
  });

  it('a bad environment: exit code 2', async () => {
    const { code, stderr } = await cli(['status', '--id', 'x'], { environment: { TEMPORAL_ADDRESS: 'http://x' } });
    expect(code).toBe(2);
    expect(stderr).toContain('  - TEMPORAL_ADDRESS must be host:port');
  });

  it('the version: exit code 0', async () => {
    expect(await cli(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  it.each(['start', 'watch', 'status', 'stop', 'list', 'files', 'doctor', 'simulate'])(
    'help of %s, with examples: exit code 0',
    async (command) => {
      const { code, stdout } = await cli([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        new RegExp(`^Usage: sparkrtc-recorder ${command} [^]*--json[^]*\\n {2}\\$ sparkrtc-recorder ${command}`),
      );
    },
  );

  it('help: exit code 0', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: sparkrtc-recorder[^]*TEMPORAL_ADDRESS/);
  });
});
