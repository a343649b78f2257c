import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../rig/freePort.js';
import { startRig, type RecordingRig } from '../rig/recordingRig.js';
import { seedInput } from '../workflows/given.js';
import { startChild, type Environment } from './child.js';

interface Call {
  stdin?: string;
  environment?: Environment;
}

async function cli(args: string[], { stdin, environment = {} }: Call = {}) {
  const child = startChild('cli.js', { TEMPORAL_ADDRESS: inject('temporalAddress'), ...environment }, args, stdin);
  const { code } = await child.ended;
  const [stdout, stderr] = [child.stdout(), child.stderr()];
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
  return { code, stdout, stderr };
}

/** The values that were printed one after the other, each in JSON. */
function printed(stdout: string): unknown[] {
  return stdout
    .split(/^(?=\{)/m)
    .filter((part) => part !== '')
    .map((part) => JSON.parse(part) as unknown);
}

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

const ofRig = ({ taskQueue }: RecordingRig): Environment => ({ TEMPORAL_TASK_QUEUE: taskQueue });

describe('a recording by the shell command', () => {
  it('is started from a file, found running, looked at and stopped', async () => {
    const rig = await startRig({ simulator: { publishDurationMs: 600_000 } });
    const environment = ofRig(rig);
    const input = rig.input();
    const path = await file('recording.json', JSON.stringify(input));
    const workflowId = `recording:${rig.appName}:room001:user001:camera`;

    const started = await cli(['start', '--input', path], { environment });
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const run = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(printed(started.stdout)).toEqual([{ workflowId, runId: run, alreadyRunning: false, warnings: [] }]);
    await expect.poll(() => rig.simulator.jobs[0]?.state, { timeout: 10_000 }).toBe('RUNNING');

    const again = await cli(['start', '-i', '-'], { environment, stdin: JSON.stringify({ ...input, maxIdleTime: 6 }) });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(printed(again.stdout)).toEqual([
      { workflowId, alreadyRunning: true, warnings: [expect.stringContaining('maxIdleTime')] },
    ]);

    const key = ['--app', rig.appName, '--room', 'room001', '--user', 'user001'];
    const status = await cli(['status', ...key], { environment });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(printed(status.stdout)).toMatchObject([{ phase: 'recording', jobId: rig.simulator.jobs[0]?.job_id }]);

    const stopped = await cli(['stop', '--id', workflowId, '--wait'], { environment });
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(printed(stopped.stdout)).toMatchObject([
      { stopAskedBy: 'stop' },
      { outcome: 'recorded', endedBy: 'stop', fileCount: 1 },
    ]);
    expect(rig.simulator.jobs).toHaveLength(1);
  });

  it('is waited for from start to end; a failed one ends with 1 and says why in one line', async () => {
    const good = await startRig();
    const stdin = JSON.stringify(good.input());
    const waited = await cli(['start', '-i', '-', '--wait'], { environment: ofRig(good), stdin });
    expect(waited.code).toBe(0);
    expect(printed(waited.stdout)).toMatchObject([{ alreadyRunning: false }, { outcome: 'recorded' }]);

    const bad = await startRig({ credentials: { password: 'canary-wrong-password' } });
    const failed = await cli(['start', '-i', '-', '--wait'], {
      environment: ofRig(bad),
      stdin: JSON.stringify(bad.input()),
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^.*HW_USER_PASSWORD.*\n$/);
    expect(failed.stdout + failed.stderr).not.toContain('canary');
  });
});

describe.concurrent('the shell command complains in plain words', () => {
  it.each(['status', 'stop'])('%s of no recording: exit code 3', async (command) => {
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

  it.each([
    ['no JSON', ['start', '-i', '-'], /^error: standard input holds no JSON: .+\n$/],
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
  ])('%s: exit code 2', async (_what, args, message) => {
    const { code, stdout, stderr } = await cli(args, { stdin: '{"appName":\n x}' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('Temporal away: exit code 1, one line with the address', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await cli(['status', '--id', 'x'], { environment: { TEMPORAL_ADDRESS: address } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Temporal cannot be reached: .*TEMPORAL_ADDRESS.*${address}.*\\n$`));
  });

  it('a bad environment: exit code 2', async () => {
    const { code, stderr } = await cli(['status', '--id', 'x'], { environment: { TEMPORAL_ADDRESS: 'http://x' } });
    expect(code).toBe(2);
    expect(stderr).toContain('  - TEMPORAL_ADDRESS must be host:port');
  });

  it('help: exit code 0', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: sparkrtc-recorder[^]*TEMPORAL_ADDRESS/);
  });
});
