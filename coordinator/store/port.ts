import type { HistoryEntry, Status } from '../../shared/model/command.ts';
import type { Dispatch, DispatchSummary } from '../../shared/model/dispatch.ts';
import type { Event, EventCategory, EventLevel } from '../../shared/model/event.ts';
import type { Quarantined, RolloutHistoryEntry, RolloutStatus } from '../../shared/model/rollout.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { StoredRollout } from '../rollout/record.ts';
import type { Damage } from './damage.ts';
import type { MarkSpan } from './marks.ts';
import type { Read } from './read.ts';
import type {
  ApiToken,
  EnrolledState,
  Enrolment,
  FormerToken,
  KeptAnswer,
  PersonName,
  QueuedNotice,
  ReceiverState,
  SignIn,
  StoredHost,
  StoredPolicy,
  StoredWaitingHost,
  ToldAbsence,
} from './records.ts';
import type { Write, Written } from './write.ts';

/**
 * The durable record of everything but output. Everything above `store/` knows this interface and no implementation; one suite
 * (fixtures/conformance.ts) tests each of them.
 * P1 Writes are data. A batch's caller hears once about each part: all of it is durable, or none of it is stored. If the store can't
 *    know, it fails with `CommitUnknown` and takes nothing more.
 * P2 Batches become durable, and are reported, in the order of their calls.
 * P3 Every later read sees what was reported as durable.
 * P4 A read may be answered later. So the code that reduces an event reads its records before (engine/ledger.ts), never in the
 *    middle.
 */
export type Store = {
  /** The store was just created. */
  isNew: boolean;
  hosts: HostStore;
  commands: CommandStore;
  history: HistoryStore;
  events: EventStore;
  dispatches: DispatchStore;
  rollouts: RolloutStore;
  signIns: SignInStore;
  apiTokens: ApiTokenStore;
  enrolments: EnrolmentStore;
  outbox: OutboxStore;
  marks: MarkStore;
  retention: RetentionStore;
  /**
   * Writes a batch, each part as a whole. A part that cannot be written fails alone; if a transaction fails, all its parts do. The
   * arguments must not change afterwards. Does not throw.
   * @param heard Called once with the result of each part, in order; before `write` returns if known by then.
   */
  write(parts: readonly (readonly Write[])[], heard: (written: readonly Written[]) => void): void;
  /** Reports each damaged row once, including earlier finds, but not one whose event exists already. */
  onDamaged(tell: (damage: Damage) => void): void;
  /** A real write; fails if the store cannot take one (GET /readyz). */
  probe(): Read<void>;
  /** Does nothing the second time. */
  close(): Read<void>;
};

export type HostStore = {
  /** The id of the host that has this token. Asked for each connection, so that nothing else of the host is read. */
  idByTokenHash(tokenHash: string): Read<string | null>;
  /** The host that had this token before its present one, and the time until which the old one works. */
  byFormerTokenHash(tokenHash: string): Read<FormerToken | null>;
  /** Each host's former token, if the host may still use it. */
  formerTokens(): Read<FormerToken[]>;
  /** Every host, in the order of creation. */
  list(): Read<StoredHost[]>;
};

/** Unset filters do not filter. */
export type CommandFilter = {
  hostId?: string;
  /** Any of these. */
  status?: readonly Status[];
  op?: string;
  active?: boolean;
  dispatchId?: string;
  /** Only commands older than this one: the `next` of the page before. */
  before?: string;
  /** At least 1; a page may end before it, see `PAGE_BYTES`. */
  limit: number;
};

/** `next` is the cursor of the page that follows, null on the last one. */
export type CommandPage = { items: CommandRecord[]; next: string | null };

export type CommandStore = {
  get(id: string): Read<CommandRecord | null>;
  /** The existing commands among these ids, in any order. */
  getAll(ids: readonly string[]): Read<CommandRecord[]>;
  /**
   * Every active or open record, oldest first: a coordinator keeps these in memory from its start. Damaged ones are left out: an
   * active one becomes LOST, and none stays open, so that the host's slot is free.
   */
  live(): Read<CommandRecord[]>;
  /** Newest first. */
  list(filter: CommandFilter): Read<CommandPage>;
  /** In the order of dispatch, those after `after`; a page may end before the last one, see `PAGE_BYTES`. */
  byDispatch(dispatchId: string, after: string | null): Read<CommandPage>;
  /** The host's newest command per op among those that ended on the host, not before they reached it; oldest first. */
  lastEnded(hostId: string, ops: readonly string[]): Read<CommandRecord[]>;
  /** The newest command of every existing host. */
  latestPerHost(): Read<CommandRecord[]>;
  /**
   * Commands of existing hosts whose ends need a person, in the order of their ends. A later SUCCESS settles them: that of a command
   * sent to the same host no earlier, and ended no earlier (docs/protocol.md section 3, attention). Kill and cancel only act on
   * others: they neither need a person nor settle anything.
   */
  unsettled(): Read<CommandRecord[]>;
};

export type HistoryStore = {
  /** In the order in which they were appended. */
  of(commandId: string): Read<HistoryEntry[]>;
};

/** Unset filters do not filter. */
export type EventFilter = {
  hostId?: string;
  commandId?: string;
  level?: EventLevel;
  /**
   * `oldest` reads on from `cursor`, to follow a log; `newest` reads back from it, for a page of the latest.
   * `GET /api/events` is `oldest` with `after` as the cursor, so that following `next` from nothing gives every event
   * once, in order, and a consumer that keeps the last id it saw misses none; with `before` it is `newest`.
   */
  first: 'oldest' | 'newest';
  /** The id of the last event seen, which is left out; unset: from that end. */
  cursor?: number;
  /** At least 1. */
  limit: number;
};

/** `next` is the `cursor` of the following page; null if there is nothing more now. */
export type EventPage = { items: Event[]; next: number | null };

/** A span of time, in order of time and id. Unset bounds do not bound. */
export type EventSpan = {
  category?: EventCategory;
  /** From this time on. */
  since?: number;
  /** Before this time. */
  until?: number;
  first: 'oldest' | 'newest';
  /** The last event seen, which is left out. It may have been deleted. */
  cursor?: number;
  /** At least 1. */
  limit: number;
};

export type EventStore = {
  list(filter: EventFilter): Read<EventPage>;
  /** At most `limit` events, none at the end. Its cost does not grow with the span. */
  span(span: EventSpan): Read<Event[]>;
};

/** `before` is the id of the last one seen. */
export type DispatchFilter = {
  before?: string;
  limit: number;
  /** Only dispatches that made one of these commands. */
  commands?: readonly string[];
};

export type DispatchStore = {
  get(id: string): Read<Dispatch | null>;
  /** Newest first. A page may end before `limit`; see `PAGE_BYTES`. Empty if `before` no longer exists, because then nothing older does. */
  list(filter: DispatchFilter): Read<{ items: DispatchSummary[]; next: string | null }>;
  /** The answer for this key, if it was given at or after `since`: an older one no longer counts. */
  keptAnswer(actor: string, key: string, since: number): Read<KeptAnswer | null>;
};

/** Unset filters do not filter; `before` is the id of the last one seen. */
export type RolloutFilter = { status?: readonly RolloutStatus[]; before?: string; limit: number };

export type RolloutStore = {
  get(id: string): Read<StoredRollout | null>;
  /** In the order in which they were appended; at most the last 500. */
  history(id: string): Read<RolloutHistoryEntry[]>;
  /** Newest first. */
  list(filter: RolloutFilter): Read<{ items: StoredRollout[]; next: string | null }>;
  /** Rollouts that may still change at `now`, and the newest `recent`; oldest first. */
  live(now: number, recent: number): Read<StoredRollout[]>;
  /** Oldest first. */
  quarantined(): Read<Quarantined[]>;
  /** Policies' states, by name. An unreadable one is left out. */
  policies(): Read<StoredPolicy[]>;
};

export type SignInStore = {
  /** In the order in which they were opened. */
  list(): Read<SignIn[]>;
  /** People's names, longest known first. */
  names(): Read<PersonName[]>;
};

export type ApiTokenStore = {
  /** In the order in which they were made. One whose grants cannot be read has none. */
  list(): Read<ApiToken[]>;
};

/** Tokens and waiting hosts in order of creation; states in any order. */
export type EnrolmentStore = {
  list(): Read<Enrolment[]>;
  states(): Read<EnrolledState[]>;
  waiting(): Read<StoredWaitingHost[]>;
};

/** Notices that wait to be delivered, and their receivers. */
export type OutboxStore = {
  /** The receiver's first waiting notices, in the order of their writes. */
  next(receiver: string, limit: number): Read<QueuedNotice[]>;
  /** For each receiver with waiting notices: their number and their length as JSON. */
  waiting(): Read<{ receiver: string; notices: number; bytes: number }[]>;
  receivers(): Read<ReceiverState[]>;
  absences(): Read<ToldAbsence[]>;
};

/** The base from which the store's marks are counted. */
export type MarkStore = {
  /** The oldest first; the newest `KEPT_SPANS`. */
  list(): Read<MarkSpan[]>;
  /** The id of the newest event; 0 without one. */
  lastEvent(): Read<number>;
};

/** Deletes old data. Every call touches at most `limit` rows, so that none blocks the loop. */
export type RetentionStore = {
  /** Ids of commands that ended before `before`, oldest first, except those whose hosts still owe a word. */
  expiredCommands(before: number, limit: number): Read<string[]>;
  /** Deletes these commands with their history. */
  deleteCommands(ids: readonly string[]): Read<void>;
  /** Each of these deletes rows and returns their number. The newest event stays, because marks are counted from it. */
  deleteEvents(category: EventCategory, before: number, limit: number): Read<number>;
  /** Only dispatches without a remaining command. */
  deleteDispatches(before: number, limit: number): Read<number>;
  /** Deletes only rollouts made before `before` that can no longer change. Call it before deleting their commands. */
  deleteRollouts(before: number, limit: number): Read<number>;
  /** When the oldest kept rollout was made; null without one. */
  oldestRollout(): Read<number | null>;
  deleteAnswers(before: number, limit: number): Read<number>;
};
