import { describe, expect, inject, it } from 'vitest';
import { deploy } from '../support/deployment.js';
import { endOf, exampleInput, examplesIn, jsonFile } from './programs.js';

const { go, python } = inject('examples');

describe.each([
  { language: 'python', missing: python === null },
  { language: 'go', missing: go === null },
] as const)('the examples in $language', ({ language, missing }) => {
  it.skipIf(missing)('start a recording, await its end and print its files', async (test) => {
    const deployment = await deploy(test);
    await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const run = examplesIn(language, test, deployment);
    const input = await exampleInput(deployment);

    const { code, stdout, stderr } = await endOf(run('record', [await jsonFile(test, input)]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [object] = deployment.simulator.objects('obsName');
    expect(stdout.split('\n')).toEqual([
      `started recording:${input.appName}:room001:user001:camera`,
      `recorded, ended by callback: 1 files, ${object!.size} bytes`,
      `  obsName/${object!.key} (MP4, ${object!.size} bytes)`,
      '',
    ]);
  });

  it.skipIf(missing)('join what is running instead of starting it twice, and stop it', async (test) => {
    const deployment = await deploy(test, { publishDurationMs: 600_000 });
    await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const run = examplesIn(language, test, deployment);
    const input = await exampleInput(deployment);
    const id = `recording:${input.appName}:room001:user001:camera`;
    const file = await jsonFile(test, input);

    const first = run('record', [file]);
    await first.says(`started ${id}`);
    const second = run('record', [file]);
    await second.says(`already running: ${id}`);
    await expect.poll(() => deployment.simulator.jobs[0]?.state, { timeout: 60_000 }).toBe('RUNNING');

    const key = [input.appName, 'room001', 'user001'];
    const stopped = await endOf(run('stop', key));
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toMatch(new RegExp(`^${id} is recording, \\d files so far\n${id} is to end, by stop\n$`));
    for (const { code, stdout } of await Promise.all([endOf(first), endOf(second)])) {
      expect(code).toBe(0);
      expect(stdout).toContain('recorded, ended by stop: 1 files');
    }
    expect(deployment.simulator.jobs).toHaveLength(1);

    const nothing = await endOf(run('stop', ['none', 'room001', 'user001']));
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
    expect(nothing.stderr).toBe('nothing to stop: recording:none:room001:user001:camera is not running\n');
  });

  it.skipIf(missing)('tell by the type of the failure whether another try is worth it', async (test) => {
    const deployment = await deploy(test);
    await deployment.startWorker({ HW_USER_PASSWORD: 'wrong' });
    const run = examplesIn(language, test, deployment);

    const { code, stderr } = await endOf(run('record', [await jsonFile(test, await exampleInput(deployment))]));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^failed \(AuthenticationFailed\): .*HW_USER_PASSWORD.*\n$/);
  });
});
