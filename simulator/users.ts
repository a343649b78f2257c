import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Apps } from './apps.js';
import type { Courier } from './callbacks.js';
import type { Clock } from './clock.js';
import { newId } from './dialect.js';
import type { Job } from './job.js';
import type { Settings } from './options.js';
import { readQuery } from './request.js';
import { RtcError } from './rtcError.js';
import { secondsStamp } from './stamps.js';

const usersQuery = z.object({
  app: z.string().min(1),
  room_id: z.string().optional(),
  uid: z.string().optional(),
  state: z.string().optional(),
  start_time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'must be YYYY-MM-DDThh:mm:ssZ')
    .transform((time) => Date.parse(time))
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  offset: z.coerce.number().int().min(0).default(0),
});

/** A user's stay in a room. Times are simulated milliseconds since 1970; no `leftAt`: still there. */
export interface Session {
  roomId: string;
  userId: string;
  joinedAt: number;
  leftAt?: number;
}

const HOUR = 3_600_000;
const LONGEST_SEARCH = 90 * 24 * HOUR;

/** Must not be visible outside: what the list says of a person. */
export const PERSONAL_DATA = ['canary-nick-name', '203.0.113.77', 'canary-device-model'];

/** Who is, or was, in a room. Source: SparkRTC API reference, "Querying the User List" (statistics, v1). */
export class Users {
  readonly #sessions: Session[] = [];

  constructor(
    private readonly deps: {
      settings: Settings;
      clock: Clock;
      apps: Apps;
      jobs: ReadonlyMap<string, Job>;
      courier: Courier;
    },
  ) {}

  /** Of users who were sent to a room. */
  get sessions(): readonly Session[] {
    return this.#sessions;
  }

  join(roomId: string, userId: string): void {
    this.#sessions.push({ roomId, userId, joinedAt: this.deps.clock.now() });
    this.#notify('OPEN', roomId, userId);
  }

  leave(roomId: string, userId: string): void {
    for (const session of this.#sessions) {
      if (session.roomId === roomId && session.userId === userId) session.leftAt ??= this.deps.clock.now();
    }
    this.#notify('CLOSE', roomId, userId);
  }

  routes(http: FastifyInstance): void {
    const { settings, clock, apps } = this.deps;
    http.get('/:projectId/rtc/users', (request) => {
      if (settings.usersList === 'rejected') throw new RtcError('DATA.100011001', 'the user may not read statistics');
      if (settings.usersList === 'throttled') throw new RtcError('APIGW.0308', 'limit:30,time:60 s');
      const { app, room_id, uid, state, start_time, limit, offset } = readQuery(request, usersQuery);
      if (!apps.all.has(app)) throw new RtcError('DATA.100011002', `app ${app}`);
      const now = clock.now() - settings.usersListDelayMs;
      const since = Math.max(start_time ?? now - HOUR, now - LONGEST_SEARCH);
      const found = [...this.#sessions, ...this.#publishing()].flatMap((session) => {
        const online = session.leftAt === undefined || session.leftAt > now;
        const fits =
          session.joinedAt <= now &&
          session.joinedAt >= since &&
          isIn(room_id, session.roomId) &&
          isIn(uid, session.userId) &&
          isIn(state, online ? 'ONLINE' : 'OFFLINE');
        return fits ? [describe(session, online, app, settings.domainName)] : [];
      });
      return { total: found.length, limit, offset, users: found.slice(offset * limit, (offset + 1) * limit) };
    });
  }

  /** Users who publish without having been sent to a room by `joinRoom`. */
  #publishing(): Session[] {
    const known = (room: string, user: string) =>
      this.#sessions.some(({ roomId, userId }) => roomId === room && userId === user);
    return [...this.deps.jobs.values()].flatMap(({ isPublishing, request, identity }) =>
      isPublishing && !known(request.room_id, request.user_id)
        ? [{ roomId: request.room_id, userId: request.user_id, joinedAt: identity.createdAt }]
        : [],
    );
  }

  #notify(what: 'OPEN' | 'CLOSE', roomId: string, userId: string): void {
    if (!this.deps.settings.rtcEvents) return;
    for (const { id, callback } of this.deps.apps.all.values()) {
      const event = { event_type: `RTC_VIDEO_STREAM_${what}`, app_id: id, room_id: roomId, user_id: userId };
      if (callback) this.deps.courier.send(callback, event);
    }
  }
}

/** Lists are separated by commas. */
function isIn(list: string | undefined, value: string): boolean {
  return list === undefined || list === '' || list.split(',').includes(value);
}

function describe({ roomId, userId, joinedAt, leftAt }: Session, online: boolean, app: string, domain: string) {
  const [nick_name, ip, device_model] = PERSONAL_DATA;
  return {
    ...{ domain, app, room_id: roomId, uid: userId, session: newId(16, false) },
    state: online ? 'ONLINE' : 'OFFLINE',
    join_time: secondsStamp(joinedAt),
    leave_time: online || leftAt === undefined ? '-' : secondsStamp(leftAt),
    ...{ nick_name, ip, device_model, region: 'canary-region', isp: '-' },
  };
}
