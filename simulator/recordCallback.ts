import type { FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { App } from './app.js';
import type { Apps } from './apps.js';
import type { Clock } from './clock.js';
import type { Settings } from './options.js';
import { readBody } from './request.js';
import { RtcError } from './rtcError.js';
import { fractionStamp } from './stamps.js';

const PROBE_TIMEOUT_MS = 3000;

/** What `notify_event_subscription` has besides the events of files. It can be read, and not set. */
const SUBSCRIBED = {
  seed: ['CLOUD_RECORD_OVER'],
  sdk: [],
  page: [
    'RTC_USER_ROLE_CHANGED',
    'RTC_AUDIO_STREAM_OPEN',
    'RTC_AUDIO_STREAM_CLOSE',
    'RTC_VIDEO_STREAM_OPEN',
    'RTC_VIDEO_STREAM_CLOSE',
  ],
};

const callbackRequest = z.object({
  url: z
    .string()
    .regex(/^https?:\/\//, 'must begin with http:// or https://')
    .pipe(z.url()),
  /** An empty key is no key: the callbacks are not signed then. */
  auth_key: z.union([z.literal(''), z.string().min(32).max(64)], 'must have 32 to 64 characters').default(''),
});

/** Where recording events are sent. Source: SparkRTC API reference, "Configuring a Recording Event Callback". */
export function recordCallback(
  http: FastifyInstance,
  deps: { settings: Settings; clock: Clock; apps: Apps; dispatcher: Dispatcher; secrets: Set<string> },
): void {
  const { settings, clock, apps } = deps;
  type OfApp = { Params: { appId: string } };

  http.put<OfApp>('/apps/:appId/record-callback', async (request) => {
    const app = apps.findActive(request.params.appId);
    const { url, auth_key: authKey } = readBody(request, callbackRequest);
    if (!(await isReachable(url, settings, deps.dispatcher))) {
      throw new RtcError('RTC.00001018', 'The callback URL is unavailable');
    }
    if (authKey) deps.secrets.add(authKey);
    app.callback = { url, authKey, updatedAt: clock.now() };
    return toResponse(app, settings);
  });

  http.get<OfApp>('/apps/:appId/record-callback', (request) => toResponse(apps.find(request.params.appId), settings));
}

function toResponse({ id, callback }: App, settings: Settings) {
  if (callback === undefined) return { app_id: id, record_callback: {} };
  return {
    app_id: id,
    record_callback: {
      auth_key: callback.authKey,
      update_time: fractionStamp(callback.updatedAt),
      url: callback.url,
      notify_event_subscription: [
        'RECORD_NEW_FILE_START',
        'RECORD_FILE_COMPLETE',
        ...SUBSCRIBED[settings.subscription],
      ],
    },
  };
}

/** Whether the URL responds as the settings require. */
async function isReachable(
  url: string,
  { probe: kind, probeWants }: Settings,
  dispatcher: Dispatcher,
): Promise<boolean> {
  if (kind === 'none') return true;
  const shape = {
    'post-empty': { method: 'POST', body: '' },
    'post-json': { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
    get: { method: 'GET' },
    head: { method: 'HEAD' },
  }[kind];
  try {
    const { origin, pathname, search } = new URL(url);
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const { statusCode, body } = await dispatcher.request({ origin, path: pathname + search, signal, ...shape });
    await body.dump();
    return probeWants === '200' ? statusCode === 200 : statusCode < 500;
  } catch {
    // No connection, reset, unknown host or too slow: "unavailable" to the vendor.
    return false;
  }
}
