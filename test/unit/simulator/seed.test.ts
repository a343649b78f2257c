import { expect, it } from 'vitest';
import { SEED } from './seed.js';
import { send, startReceiver, startSimulator } from './vendorClient.js';

const SHAPES = [
  { pattern: /^[0-9a-f]{24}$/, name: '<app id>' },
  { pattern: /^[0-9a-f]{32}$/, name: '<id>' },
  { pattern: /^[0-9a-f]{16}$/, name: '<unique id>' },
  { pattern: /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, name: '<seconds>' },
  { pattern: /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,4})?Z$/, name: '<varying fraction>' },
];

/** Ids and times differ from run to run; everything else is compared letter by letter. */
function shapeOf(response: object): unknown {
  const keep = new Set([SEED.callbackRequest.auth_key, SEED.ruleRequest.obs_addr.project_id]);
  return JSON.parse(
    JSON.stringify(response, (name, value: unknown) => {
      if (typeof value !== 'string' || keep.has(value)) return value;
      if (name === 'update_time' && value.includes('.')) return '<varying fraction>';
      const shape = SHAPES.find(({ pattern }) => pattern.test(value));
      return shape ? shape.name : value.replace(/[0-9a-f]{32}/, '<id>');
    }),
  );
}

it("responses the vendor's example as the vendor prints it", async () => {
  const simulator = await startSimulator({ password: SEED.tokenRequest.auth.identity.password.user.password });
  const receiver = await startReceiver();

  const token = await send(`${simulator.url}/v3/auth/tokens`, 'POST', SEED.tokenRequest);
  expect(token.status).toBe(201);
  const headers = { 'x-auth-token': token.headers.get('x-subject-token') ?? '' };
  const call = (method: string, path: string, body: unknown) => send(`${simulator.url}${path}`, method, body, headers);

  const app = await call('POST', '/v2/apps', SEED.appRequest);
  expect(app.status).toBe(201);
  expect(shapeOf(app.body)).toEqual(shapeOf(SEED.appResponse));
  const base = `/v2/apps/${app.body.app_id}`;

  const rule = await call('POST', `${base}/record-rules`, SEED.ruleRequest);
  expect(rule.status).toBe(201);
  expect(shapeOf(rule.body)).toEqual(shapeOf(SEED.ruleResponse));

  const callback = await call('PUT', `${base}/record-callback`, { ...SEED.callbackRequest, url: receiver.url });
  expect(callback.status).toBe(200);
  callback.body.record_callback.url = SEED.callbackRequest.url;
  callback.body.record_callback.update_time = SEED.callbackResponse.record_callback.update_time;
  expect(shapeOf(callback.body)).toEqual(shapeOf(SEED.callbackResponse));

  const job = await call('POST', `${base}/individual-stream-jobs`, {
    ...SEED.jobRequest,
    record_param: { record_rule_id: rule.body.rule_id },
  });
  expect(job.status).toBe(201);
  expect(shapeOf(job.body)).toEqual(shapeOf(SEED.jobResponse));
  expect(job.body.stream_name).toBe(`s_${job.body.job_id}_room001_user001`);

  for (const response of [app, rule, callback, job])
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
});
