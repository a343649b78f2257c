import { LRUCache } from 'lru-cache';
import type { ParticipantPoll } from '../contract/activityTypes.js';
import { classifyError, type HuaweiError } from '../huawei/errors.js';
import { PAGE_SIZE, type SparkRtcClient } from '../huawei/sparkrtc.js';

/** How often each application's list is requested: the vendor allows 30 requests a minute, for all workers. */
export const LIST_INTERVAL = 10_000;
const LONGEST_INTERVAL = 2 * 60_000;

/** A rejected request may also cost a token: it is not repeated for each recording. */
const REJECTION_LIFETIME = 10 * 60_000;

/** How long before a recording its user may have joined. Without a start the vendor searches one hour only. */
const LOOK_BACK = 7 * 24 * 60 * 60_000;

/** A page has 100 entries, and a user who reconnects has several. */
const MOST_IN_ONE_REQUEST = 50;

/** An account has 20 applications by default. */
const MAX_APPLICATIONS = 1_000;

/** What is known of one user in one room now. */
export interface Finding {
  /** The last response; absent if there is none yet. */
  last?: { online: boolean; at: number };
  /** Instead: why the last request failed. */
  error?: HuaweiError;
  /** Milliseconds until the list may be requested again. */
  retryIn: number;
}

type ListOnlineUsers = SparkRtcClient['listOnlineUsers'];

/** The vendor's lists of online users. All recordings of a worker that wait for a participant share the requests. */
export class UserLists {
  private readonly lists = new LRUCache<string, UserList>({ max: MAX_APPLICATIONS });

  constructor(
    private readonly listOnlineUsers: ListOnlineUsers,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether the user is online in the room. Sends a request if it is time for one. */
  find(poll: ParticipantPoll): Promise<Finding> {
    const { projectId, appId } = poll;
    const key = `${projectId}/${appId}`;
    const list = this.lists.get(key) ?? new UserList(this.listOnlineUsers, this.now);
    this.lists.set(key, list);
    return list.find(poll);
  }
}

interface PendingPoll {
  poll: ParticipantPoll;
  /** When its last attempt came, and when the vendor was last requested for it. */
  polledAt: number;
  requestedAt: number;
  response?: { at: number; online?: boolean; error?: HuaweiError };
}

/** The list of one application. */
class UserList {
  private readonly pending = new Map<string, PendingPoll>();
  private interval = LIST_INTERVAL;
  private nextAt = 0;
  private rejection: { error: HuaweiError; until: number } | undefined;
  private running: { batch: PendingPoll[]; done: Promise<void> } | undefined;

  constructor(
    private readonly listOnlineUsers: ListOnlineUsers,
    private readonly now: () => number,
  ) {}

  async find(poll: ParticipantPoll): Promise<Finding> {
    const { rejection } = this;
    if (rejection && this.now() < rejection.until) return { error: rejection.error, retryIn: LIST_INTERVAL };
    const key = `${poll.until} ${poll.roomId}/${poll.userId}`;
    const one: PendingPoll = this.pending.get(key) ?? { poll, polledAt: 0, requestedAt: 0 };
    one.polledAt = this.now();
    this.pending.set(key, one);

    if (!this.running && this.now() >= this.nextAt) this.request();
    if (this.running && includes(this.running.batch, poll)) await this.running.done;
    const { at = -Infinity, online, error } = one.response ?? {};
    const retryIn = Math.max(1_000, this.nextAt - this.now());
    if (this.now() - at >= this.interval) return { retryIn };
    return { retryIn, ...(error ? { error } : online !== undefined && { last: { online, at } }) };
  }

  private request(): void {
    const now = this.now();
    for (const [key, { polledAt }] of this.pending) {
      if (now - polledAt > 3 * this.interval) this.pending.delete(key);
    }
    const batch = nextBatch([...this.pending.values()]);
    this.nextAt = now + this.interval;
    for (const one of batch) one.requestedAt = now;
    const done = this.requestUsers(batch, now).finally(() => (this.running = undefined));
    this.running = { batch, done };
  }

  private async requestUsers(batch: PendingPoll[], at: number): Promise<void> {
    try {
      const users = await this.listOnlineUsers(requestFor(batch.map(({ poll }) => poll)));
      this.interval = LIST_INTERVAL;
      this.nextAt = at + LIST_INTERVAL;
      const ofTheseUsers = [...this.pending.values()].filter((one) => includes(batch, one.poll));
      for (const one of ofTheseUsers) {
        const { roomId, userId } = one.poll;
        const online = users.some((user) => user.roomId === roomId && user.uid === userId && user.state === 'ONLINE');
        // The others of a full page are on the next one.
        if (batch.includes(one)) one.response = online || users.length < PAGE_SIZE ? { at, online } : { at };
        // A user who is listed is there, whichever poll has requested the list.
        else if (online) one.response = { at, online };
      }
    } catch (thrown) {
      const error = thrown as HuaweiError;
      const { kind, retry, delayMs = 0 } = classifyError(error);
      if (kind === 'throttled') this.interval = Math.min(2 * this.interval, LONGEST_INTERVAL);
      if (!retry) this.rejection = { error, until: at + REJECTION_LIFETIME };
      this.nextAt = at + Math.max(this.interval, delayMs);
      for (const one of batch) one.response = { at, error };
    }
  }
}

/** Whether a request includes this user. */
function includes(batch: PendingPoll[], { roomId, userId }: ParticipantPoll): boolean {
  return batch.some(({ poll }) => poll.roomId === roomId && poll.userId === userId);
}

/** One request for everyone who is waited for, or one for a single user who may have left: that decides an end. */
function nextBatch(pending: PendingPoll[]): PendingPoll[] {
  const inTurn = pending.sort((a, b) => a.requestedAt - b.requestedAt);
  if (inTurn[0]?.poll.until === 'absent') return inTurn.slice(0, 1);
  return inTurn.filter(({ poll }) => poll.until === 'present').slice(0, MOST_IN_ONE_REQUEST);
}

function requestFor(polls: ParticipantPoll[]): Parameters<ListOnlineUsers>[0] {
  const { projectId = '', appId = '' } = polls[0] ?? {};
  return {
    projectId,
    appId,
    roomIds: [...new Set(polls.map(({ roomId }) => roomId))],
    userIds: [...new Set(polls.map(({ userId }) => userId))],
    joinedSince: Math.min(...polls.map(({ recordingSince }) => recordingSince)) - LOOK_BACK,
  };
}
