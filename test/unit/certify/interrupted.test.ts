import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.js';
import type { SimulatorOptions } from '../../../simulator/options.js';
import { freePort } from '../../support/freePort.js';
import { certified, PUBLISHER } from './certifiedSimulator.js';

const isTidy = ({ apps, jobs }: Simulator) => {
  expect(apps).toEqual([]);
  expect(jobs.filter(({ state }) => state !== 'STOPPED')).toEqual([]);
};

/** Interrupts a run at the response to the request of this number. */
function interruptedAfter(requests: number, options: SimulatorOptions = {}) {
  const interruption = new AbortController();
  let ended = 0;
  const onRequestEnd = () => (ended += 1) === requests && interruption.abort();
  return certified({ initDelayMs: 1_000, ...options }, { signal: interruption.signal }, { onRequestEnd });
}

/** The next one removes what there is. */
const EVERY_CALL = Array.from({ length: 33 }, (_, i) => i + 1);

describe.concurrent('an interruption', () => {
  it.for(EVERY_CALL)('after %d requests leaves nothing', async (requests) => {
    const { simulator, report } = await interruptedAfter(requests);
    isTidy(simulator);
    expect(report).toMatchObject({ ok: false, problem: 'It was interrupted.', left: [] });
    expect(report.notSettled.length).toBeGreaterThan(0);
    expect(new Set(report.notSettled.map(({ reason }) => reason))).toEqual(new Set(['the run has ended before']));
  });

  it('does not wait until a throttled call may be repeated', async () => {
    const match = 'GET /v2/apps/*/auto-record-mode';
    const faults = [{ match, times: 9, effect: { kind: 'respond', status: 429 } as const }];
    const { simulator, seconds } = await interruptedAfter(6, { faults });
    expect(simulator.requests[5]).toMatchObject({ status: 429 });
    isTidy(simulator);
    expect(seconds).toBeLessThan(1);
  });
});

const LOST = 'lost its connection';
const PERHAPS = [expect.stringContaining('perhaps a job') as string];

describe.concurrent('a response that is lost, or says nothing', () => {
  it.for([
    ['POST /v2/apps', { kind: 'resetAfter' }, LOST, []],
    ['POST /v2/apps', { kind: 'truncate' }, 'returned 201 with invalid JSON', []],
    ['POST /v2/apps', { kind: 'respondAfter', status: 500 }, 'No application: the response is 500', []],
    ['POST /v2/apps', { kind: 'garbage' }, 'returned 200 with invalid JSON', []],
    ['POST /v2/apps/*/record-rules', { kind: 'resetAfter' }, LOST, []],
    ['POST /v2/apps/*/individual-stream-jobs', { kind: 'resetAfter' }, LOST, PERHAPS],
    ['POST /v2/apps/*/individual-stream-jobs', { kind: 'respondAfter', status: 500 }, 'No job', PERHAPS],
    ['GET /v2/apps/*/record-callback', { kind: 'resetBefore' }, LOST, []],
  ] as const)('of %j ends the run: %j', async ([match, effect, problem, left]) => {
    const { simulator, report } = await certified({ faults: [{ match, effect }] });
    expect(simulator.apps).toEqual([]);
    expect(report).toMatchObject({ ok: false, problem: expect.stringContaining(problem) as string });
    expect(report.left).toEqual(left);
  });
});

it('names a job that it cannot stop', async () => {
  const match = 'DELETE /v2/apps/*/individual-stream-jobs/*';
  const { simulator, report } = await certified({
    faults: [{ match, times: 'always', effect: { kind: 'respond', status: 500 } }],
  });
  const running = simulator.jobs.filter(({ state }) => state !== 'STOPPED');
  expect(running).not.toEqual([]);
  expect(report.left).toEqual(running.map(({ job_id: id, app_id: app }) => `the job ${id} of the application ${app}`));
  expect(report.ok).toBe(false);
  expect(simulator.apps).toEqual([]);
});

it('names what it cannot remove', async () => {
  const faults = [{ match: 'DELETE /v2/apps/*', times: 9, effect: { kind: 'respond', status: 500 } as const }];
  const { simulator, report } = await certified({ faults });
  const [app] = simulator.apps;
  expect(report.left).toEqual([`the application ${app?.name} (${app?.appId}): delete it in the SparkRTC console`]);
});

describe.concurrent('an account', () => {
  it('that may create no application settles what precedes it', async () => {
    const { simulator, report } = await certified({ allowedActions: ['rtc:app:list'] });
    expect(report).toMatchObject({ ok: false, problem: 'No application: the response is 403 RTC.00001021.' });
    expect(report.forbidden).toEqual(['POST /v2/apps']);
    expect(report.settled.map(({ option }) => option)).toContain('authRejectedBy');
    expect(simulator.apps).toEqual([]);
  });

  it('without a right of less weight learns which', async () => {
    const allowedActions = ['rtc:app:create', 'rtc:app:list', 'rtc:app:get', 'rtc:app:delete', 'rtc:recordRule:save'];
    const { simulator, report } = await certified({ allowedActions });
    expect(report.settled.find(({ option }) => option === 'allowedActions')?.value).not.toContain(
      'rtc:recordRule:delete',
    );
    expect(report.forbidden).toEqual(['DELETE /v2/apps/{app_id}/record-rules/{rule_id}']);
    isTidy(simulator);
  });

  it('with a wrong password makes no other call', async () => {
    const { simulator, report } = await certified({ password: 'canary-another' });
    expect(report).toMatchObject({ ok: false, settled: [], left: [] });
    expect(report.problem).toBe('IAM POST /v3/auth/tokens was rejected with 401.');
    expect(simulator.requests.map(({ path }) => path)).toEqual(['/v3/auth/tokens']);
  });

  it('in arrears learns that', async () => {
    const { simulator, report } = await certified({ newAppState: 'ARREARS' });
    expect(report.problem).toContain('pay what is due');
    expect(report.settled).toContainEqual(expect.objectContaining({ option: 'newAppState', value: 'ARREARS' }));
    isTidy(simulator);
  });
});

describe.concurrent('callbacks', () => {
  it('that do not arrive settle nothing of theirs', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { simulator, report } = await certified({}, { callbackUrl: nowhere });
    expect(report).toMatchObject({ ok: false, left: [] });
    const open = report.notSettled.map(({ option }) => option);
    expect(open).toEqual(expect.arrayContaining(['probe', 'probeWants', 'overEventType', 'timestampForm']));
    expect(open).not.toContain('waitingState');
    const [probe] = report.notSettled.filter(({ option }) => option === 'probe');
    expect(probe?.reason).toContain('check that CALLBACK_URL leads here');
    isTidy(simulator);
  });

  it('that someone else accepts settle nothing of theirs', async () => {
    const other = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close().closeAllConnections());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { simulator, report } = await certified({}, { callbackUrl: `http://127.0.0.1:${port}` });
    expect(report).toMatchObject({ ok: false, left: [] });
    const open = report.notSettled.map(({ option }) => option);
    expect(open).toEqual(expect.arrayContaining(['probe', 'probeWants', 'overEventType', 'timestampForm']));
    isTidy(simulator);
  });
});

describe.concurrent('without a publisher', () => {
  it('the questions of files wait for one, and the others are settled', async () => {
    const { report } = await certified({}, { publisher: undefined });
    expect(report.ok).toBe(true);
    const open = report.notSettled.map(({ option }) => option);
    expect(open).toEqual(['shuffleCallbacks', 'eventFields', 'eventObject', 'prependObject', 'recordFormatCase']);
    expect(report.notSettled[0]?.reason).toContain('--room and --user');
  });

  it('those of events wait too, where a job without a file sends none', async () => {
    const { report } = await certified({ overEventType: 'none' }, { publisher: undefined });
    expect(report.ok).toBe(true);
    expect(report.notSettled.map(({ option }) => option)).toContain('timestampForm');
  });
});

it('a publisher who does not publish is noticed', async () => {
  const { roomId, userId } = PUBLISHER;
  const { report } = await certified({}, {}, { prepare: (simulator) => simulator.leaveRoom(roomId, userId) });
  expect(report.ok).toBe(false);
  expect(report.notSettled[0]?.reason).toContain('no file was recorded');
});
