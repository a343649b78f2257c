import { describe, expect, it, onTestFinished } from 'vitest';
import { createHuaweiClients } from '../../../src/huawei/clients.js';
import { CredentialsRejectedError } from '../../../src/huawei/errors.js';
import { sharedAttemptLimit } from '../../../src/temporal/attemptLimit.js';
import { deploy, PASSWORD } from '../../support/deployment.js';
import { startRig, type RecordingRig } from '../../support/recordingRig.js';

const triesOf = ({ simulator }: Pick<RecordingRig, 'simulator'>) =>
  simulator.requests.filter(({ path }) => path === '/v3/auth/tokens').length;

/** The vendor's clients of one more worker process of this rig. */
function oneMore(rig: RecordingRig, password: string) {
  const credentials = { userName: 'username', password, domainName: 'domainname' };
  const { url } = rig.simulator;
  const { client, taskQueue } = rig;
  const attemptLimit = sharedAttemptLimit({ client, taskQueue, credentials, versioned: false });
  const endpoints = { iamEndpoint: url, sparkRtcEndpoint: url };
  const clients = createHuaweiClients({ credentials, ...endpoints }, { attemptLimit });
  onTestFinished(() => clients.close());
  return clients;
}

/** What a worker does meanwhile: 50 starts, and stops that are retried. */
async function work({ authenticator, sparkRtc }: ReturnType<typeof oneMore>): Promise<unknown[]> {
  const starts = Array.from({ length: 50 }, () => authenticator.prove());
  const outcomes: PromiseSettledResult<unknown>[] = await Promise.allSettled(starts);
  for (let i = 0; i < 10; i++)
    outcomes.push(...(await Promise.allSettled([sparkRtc.stopIndividualStreamJob('a', 'j')])));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
}

describe('a wrong password', { timeout: 120_000 }, () => {
  it('is tried four times by four workers that are restarted three times', async () => {
    const rig = await startRig();
    for (let restart = 0; restart <= 3; restart++) {
      const errors = (await Promise.all(Array.from({ length: 4 }, () => work(oneMore(rig, 'old'))))).flat();
      expect(errors).toHaveLength(4 * 60);
      for (const error of errors) expect(error).toBeInstanceOf(CredentialsRejectedError);
    }
    expect(triesOf(rig)).toBe(4);
    const [error] = await work(oneMore(rig, PASSWORD));
    expect(String(error)).toMatch(/not tried: .* The next try is possible at 2\d{3}-/);
  });

  it('is tried twice by four workers; a new one works at once when they are restarted with it', async () => {
    const rig = await startRig();
    await Promise.all(Array.from({ length: 4 }, () => work(oneMore(rig, 'old'))));
    expect(triesOf(rig)).toBe(2);
    const workers = Array.from({ length: 4 }, () => oneMore(rig, PASSWORD));
    const expiries = await Promise.all(workers.map(({ authenticator }) => authenticator.prove()));
    expect(expiries.every(({ expiresAt }) => expiresAt !== undefined)).toBe(true);
    expect(triesOf(rig)).toBe(6);
  });

  it('leaves nothing in Temporal but times', async () => {
    const rig = await startRig();
    await work(oneMore(rig, 'canary-wrong-password'));
    for await (const { workflowId } of rig.client.workflow.list({ query: `TaskQueue = "${rig.taskQueue}"` })) {
      const history = JSON.stringify(await rig.client.workflow.getHandle(workflowId).fetchHistory());
      expect(history).not.toContain('canary');
      expect(history).not.toContain(Buffer.from('canary-wrong').toString('base64').slice(0, 12));
    }
  });
});

describe('real processes', { timeout: 240_000 }, () => {
  it('share the limit: four workers, killed and restarted three times, 52 starts', async (test) => {
    const deployment = await deploy(test);
    for (let restart = 0; restart <= 3; restart++) {
      const workers = await Promise.all([1, 2, 3, 4].map(() => deployment.startWorker({ HW_USER_PASSWORD: 'wrong' })));
      const rooms = Array.from({ length: 13 }, (_, room) => `room-${restart}-${room}`);
      const recordings = await Promise.all(
        rooms.map((roomId) => deployment.recordings.start(deployment.input({ roomId }))),
      );
      for (const { recording } of recordings) {
        await expect(recording.result()).rejects.toMatchObject({ type: 'AuthenticationFailed' });
      }
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all(workers.map((worker) => worker.ended));
    }
    expect(triesOf(deployment)).toBeLessThanOrEqual(4);
  });
});
