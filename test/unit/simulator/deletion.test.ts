import { expect, it } from 'vitest';
import { prepare, startSimulator } from './vendorClient.js';

it('deletes an application', async () => {
  const simulator = await startSimulator();
  const { call, appId } = await prepare(simulator);
  expect((await call('DELETE', `/v2/apps/${appId}`)).status).toBe(204);
  expect(simulator.apps).toEqual([]);
  expect((await call('DELETE', `/v2/apps/${appId}`)).status).toBe(404);
});

it('has to be disabled first where that is requested', async () => {
  const simulator = await startSimulator({ deleteOnlyDisabled: true });
  const { call, appId } = await prepare(simulator);
  expect((await call('DELETE', `/v2/apps/${appId}`)).status).toBe(400);
  expect((await call('POST', `/v2/apps/${appId}/disable`)).status).toBe(200);
  expect(simulator.apps).toMatchObject([{ state: 'DEACTIVATION' }]);
  expect((await call('DELETE', `/v2/apps/${appId}`)).status).toBe(204);
});
