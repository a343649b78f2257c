import { expect, it } from 'vitest';
import { PASSWORD, startRig } from '../../support/recordingRig.js';
import { cli } from './cli.js';

it('shows and stops a job that belongs to no recording', async () => {
  const rig = await startRig();
  const { url } = rig.simulator;
  const environment = {
    ...{ HW_USER_NAME: 'username', HW_USER_PASSWORD: PASSWORD, HW_DOMAIN_NAME: 'domainname' },
    ...{ IAM_ENDPOINT: url, SPARKRTC_ENDPOINT: url },
  };
  const recording = await rig.start();
  await recording.result();
  const [app] = rig.simulator.apps;
  const orphan = rig.simulator.createForeignJob({ appId: app!.appId, roomId: 'room001', userId: 'user009' });
  const job = (what: string, jobId: string, ...options: string[]) =>
    cli(['job', what, '--app', app!.appId, '--job', jobId, ...options], { environment });

  const shown = await job('show', orphan.job_id, '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ jobId: orphan.job_id, state: 'RUNNING', userId: 'user009' });
  expect((await job('stop', orphan.job_id)).stdout).toBe(`Job ${orphan.job_id} is being stopped.\n`);
  expect(rig.simulator.jobs.at(-1)?.state).toBe('STOPPED');
  expect((await job('stop', orphan.job_id)).stdout).toBe(`Job ${orphan.job_id} had ended already.\n`);
  expect((await job('show', orphan.job_id)).stdout).toMatch(/state +STOPPED, TENANT_STOP$/m);

  const unknown = await job('stop', 'j404');
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('knows no job j404');
  expect((await cli(['job', 'stop', '--app', 'a'], { environment })).code).toBe(2);
}, 60_000);
