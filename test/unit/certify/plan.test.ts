import { expect, it } from 'vitest';
import { planOf } from '../../../src/certify/plan.js';
import { certified, PUBLISHER } from './certifiedSimulator.js';

it.each([
  {},
  { requireRecordCycle: true, rejectExistingRule: true, deleteOnlyDisabled: true, probeWants: '200' as const },
])('every call is announced: %j', async (options) => {
  const plan = planOf(true);
  const { simulator } = await certified(options);
  const calls = simulator.requests.map(({ method, path }) => {
    const place = path
      .replace(/^\/v1\/[^/]+/, '/v1/{project_id}')
      .replace(/^\/v2\/apps\/[^/]+/, '/v2/apps/{app_id}')
      .replace(/(record-rules|individual-stream-jobs)\/.*/, '$1');
    return { method, place };
  });
  const announced = ({ method, place }: (typeof calls)[number]) =>
    plan.some((line) => line.includes(method) && new RegExp(`${place.replace(/[{}]/g, '\\$&')}(?![\\w/])`).test(line));
  expect(calls.filter((call) => !announced(call))).toEqual([]);
  expect(simulator.requests.length).toBeGreaterThan(30);
});

it('a publisher is asked for in the plan only if there is one', () => {
  expect(planOf(true).join()).toContain('--room and --user');
  expect(planOf(false).join()).not.toContain('--room');
  expect(JSON.stringify(planOf(true))).not.toContain(PUBLISHER.userId);
});
