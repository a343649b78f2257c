import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, it, vi } from 'vitest';
import { FILE_COMPLETE, signed } from '../../support/signedCallback.js';
import { AUTH_KEY, deploy, PASSWORD, type Deployment } from '../../support/deployment.js';
import { exposedSecrets, textOf } from '../../support/exposedSecrets.js';

/** What must never be seen: what was configured, what the vendor issued, and links that open a file to anyone. */
function secretsOf({ simulator }: Deployment): string[] {
  const links = simulator.callbacks.map(({ event }) => event.download_url);
  return [PASSWORD, AUTH_KEY, ...simulator.secrets, ...links.filter((link) => typeof link === 'string')];
}

async function historyOf({ client }: Deployment, workflowId: string): Promise<string> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  return textOf(history) + JSON.stringify(historyToJSON(history));
}

describe.concurrent('a recording by real processes', { timeout: 120_000 }, () => {
  it('ends recorded, and no secret is to be seen anywhere', async (test) => {
    const deployment = await deploy(test);
    const { simulator, recordings } = deployment;
    // A vendor that echoes what it was sent: such a response becomes an error, a warning in the log and a failure
    // in the
    // history.
    simulator.addFault({
      match: 'POST /v3/auth/tokens',
      effect: { kind: 'respond', status: 500, body: { error: { code: 500, message: `IAM.echo ${PASSWORD}` } } },
    });
    simulator.addFault({
      match: 'PUT /v2/apps/*/record-callback',
      effect: {
        kind: 'respond',
        status: 500,
        body: { error_code: 'RTC.00002003', error_msg: `InternalError: ${AUTH_KEY}`, auth_key: AUTH_KEY },
      },
    });
    const processes = await Promise.all([deployment.startWorker(), deployment.startReceiver()]);

    const { recording } = await recordings.start(deployment.input());
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'recorded', endedBy: 'callback', fileCount: 1, warnings: [] });
    // Everything is a line of the log: no library warns past it.
    expect(processes.map((child) => child.stderr())).toEqual(['', '']);

    const secrets = secretsOf(deployment);
    // The password, the key, a token, a temporary key of three parts, and a link.
    expect(new Set(secrets).size).toBeGreaterThanOrEqual(7);
    const metrics = await (await fetch(`${deployment.receiverUrl}/metrics`)).text();
    const places = {
      history: await historyOf(deployment, recording.workflowId),
      output: deployment.output(),
      metrics,
      result: textOf(result),
      status: textOf(await recording.status()),
    };
    for (const [place, text] of Object.entries(places)) expect(exposedSecrets(text, secrets), place).toEqual([]);

    // What was searched is not empty: each place has its content, including the response that echoed the secrets.
    const job = String(result.jobId);
    for (const response of ['IAM.echo', 'RTC.00002003']) {
      expect(places.history).toContain(response);
      expect(places.output).toContain(response);
    }
    expect(places.history).toContain(job);
    expect(places.output).toContain(job);
    expect(places.metrics).toMatch(/result="delivered"\} [1-9]/);
  });

  it('shows no access key either, and works without a user', async (test) => {
    const key = { accessKey: 'SECRETSTESTKEY000001', secretKey: 'canary-secret-key-51d0' };
    const deployment = await deploy(
      test,
      { accessKeys: [key] },
      {
        environment: {
          ...{ HW_USER_NAME: '', HW_USER_PASSWORD: '', HW_DOMAIN_NAME: '' },
          ...{ HW_ACCESS_KEY: key.accessKey, HW_SECRET_KEY: key.secretKey, HW_PROJECT_ID: '0'.repeat(32) },
        },
      },
    );
    // A vendor that shows the signed request in its response, as some gateways do.
    const body = { error_code: 'RTC.00002003', error_msg: `InternalError: ${key.secretKey}` };
    deployment.simulator.addFault({ match: 'GET /v2/apps', effect: { kind: 'respond', status: 500, body } });
    await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await deployment.recordings.start(deployment.input());
    const result = await recording.result();
    expect(result).toMatchObject({ outcome: 'recorded', fileCount: 1, warnings: [] });
    expect(deployment.simulator.requests.filter(({ path }) => path.startsWith('/v3'))).toEqual([]);
    const history = await historyOf(deployment, recording.workflowId);
    for (const text of [history, deployment.output()]) {
      expect(text).toContain('RTC.00002003');
      expect(exposedSecrets(text, [key.secretKey, AUTH_KEY])).toEqual([]);
    }
  });

  it('has its secrets found where there are some', async (test) => {
    const deployment = await deploy(test);
    const { client, recordings } = deployment;
    await Promise.all([deployment.startWorker(), deployment.startReceiver()]);
    const { recording } = await recordings.start(deployment.input({ waitForParticipant: true }));
    const event = { eventType: 'RECORD_NEW_FILE_START', jobId: AUTH_KEY };
    await client.workflow.getHandle(recording.workflowId).signal('recordingEvent', event);
    await recording.stop();
    await recording.result();
    expect(exposedSecrets(await historyOf(deployment, recording.workflowId), [AUTH_KEY, PASSWORD])).toEqual([
      AUTH_KEY,
    ]);
  });
});

describe.concurrent('a receiver under attack', { timeout: 120_000 }, () => {
  it('shows nothing of what it is sent, in its log, its metrics or its responses', async (test) => {
    const deployment = await deploy(test);
    await deployment.startReceiver();
    const canary = 'canary-attack-3e91';
    const link = `https://example.com/file.mp4?X-Amz-Signature=${canary}`;
    const event = JSON.stringify({ ...FILE_COMPLETE, download_url: link, obs_location: link, detail_message: canary });
    const probe = JSON.stringify({ event_type: link, job_id: canary, room_id: canary });
    const headers = { authorization: `Bearer ${canary}`, cookie: canary, 'x-rtc-rand': canary, 'user-agent': canary };

    const responses: string[] = [];
    for (const [path, init] of [
      // Well signed, but for no recording; to an application that is none, too.
      ['/callback/rtctest', { body: event, headers: signed(event, AUTH_KEY) }],
      [`/${canary}/${canary}!`, { body: event, headers: signed(event, AUTH_KEY) }],
      ['/callback/rtctest', { body: `${canary}{`, headers: signed(`${canary}{`, AUTH_KEY) }],
      // Unsigned, or signed by someone else.
      ['/callback/rtctest', { body: event }],
      ['/callback/rtctest', { body: probe }],
      [`/callback/rtctest?token=${canary}`, { body: event, headers }],
      [`/${canary}/%zz`, { body: event, headers: signed(event, canary.repeat(2)) }],
      ['/callback/rtctest', { body: canary.repeat(100_000), headers: { 'content-type': canary } }],
      [`/${canary}`, { method: 'PUT', body: event }],
    ] satisfies [string, RequestInit][]) {
      const response = await fetch(deployment.receiverUrl + path, { method: 'POST', ...init });
      responses.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
    }
    expect(responses.map((response) => Number(response.slice(0, 3)))).toEqual([
      200, 200, 400, 401, 200, 401, 400, 413, 405,
    ]);

    const lines = () => deployment.output().match(/"msg":"callback"/g)?.length;
    await vi.waitFor(() => expect(lines()).toBe(responses.length - 1), { timeout: 60_000 });
    const metrics = await (await fetch(`${deployment.receiverUrl}/metrics`)).text();
    const places = { output: deployment.output(), metrics, responses: responses.join() };
    for (const [place, text] of Object.entries(places)) {
      expect(exposedSecrets(text, [canary, link, AUTH_KEY]), place).toEqual([]);
    }
  });
});

describe('the search for secrets', () => {
  const secret = 'a"b/c=';

  it.each([
    ['as it is', secret],
    ['inside JSON', JSON.stringify({ secret })],
    ['inside a URL', new URLSearchParams({ secret }).toString()],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in the bytes of a payload', { payloads: [{ data: Buffer.from(JSON.stringify({ secret })) }] }],
    ['in the cause of an error', new Error('outer', { cause: new Error(secret) })],
    ['as the name of a field', { [secret]: true }],
  ])('finds one %s', (_where, value) => {
    expect(exposedSecrets(textOf(value), ['another', secret])).toEqual([secret]);
  });

  it('finds nothing where there is none', () => {
    expect(exposedSecrets(textOf({ part: 'a"b', bytes: Buffer.from('/c=') }), [secret])).toEqual([]);
  });
});
