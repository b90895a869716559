import type { HistoryEntry, Status } from '../../shared/command.ts';
import type { Dispatch } from '../../shared/dispatch.ts';
import type { Event, EventLevel, NewEvent } from '../../shared/event.ts';
import type { AdvertisedOp, Os } from '../../shared/host.ts';
import type { PlatformName } from '../../shared/ops.ts';
import type { Metrics, Report } from '../../shared/report.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

/**
 * The one durable record of everything but output. All that stands above `store/` knows this interface and no implementation.
 * Every call is synchronous: when it returns, or when the transaction around it returns, what it wrote is on disk. What cannot
 * be written throws, and changed nothing.
 */
export type Store = {
  /** There was none: it was made just now. */
  isNew: boolean;
  hosts: HostStore;
  commands: CommandStore;
  history: HistoryStore;
  events: EventStore;
  dispatches: DispatchStore;
  signIns: SignInStore;
  retention: RetentionStore;
  /** Tells each damaged row once, also those found before and not those whose event is there already. */
  onDamaged(tell: (damage: Damage) => void): void;
  /** All that `work` writes, or nothing of it: if it throws, it is undone and the error goes on. Does not nest. */
  transaction<Result>(work: () => Result): Result;
  /** A part of a transaction: if `work` throws, it alone is undone. Does not nest. */
  part<Result>(work: () => Result): Part<Result>;
  /** A real write; throws where the store cannot take one (GET /readyz). */
  probe(): void;
  /** Does nothing the second time. */
  close(): void;
};

/** What `work` made of it, or why it was undone. */
export type Part<Result> = { result: Result } | { cause: unknown };

/** One row that cannot be read; the row itself stays as it is, for a person who may mend it. */
export type Damage = {
  table: 'commands' | 'hosts' | 'dispatches';
  id: string;
  hostId: string | null;
  /** What it was when the start gave it up and made it LOST; null where its status stays. */
  lostFrom: Status | null;
};

/** What a host's agent said last; kept so that an offline host, and a restarted coordinator, still know it. */
export type LastKnown = {
  platform: PlatformName;
  os: Os;
  agentVersion: string;
  ops: readonly AdvertisedOp[];
  /** The agent's own tags, beside those that were given to the host here. */
  tags: readonly string[];
  /** Null where the agent sends none. */
  stateId: string | null;
  bootId: string;
  instanceId: string;
  lastSeenAt: number;
  report: Report;
  metrics: Metrics | null;
};

export type LastReport = Pick<LastKnown, 'lastSeenAt' | 'report' | 'metrics'>;

export type StoredHost = {
  id: string;
  name: string;
  tags: readonly string[];
  createdAt: number;
  /** Null until the first hello. */
  known: LastKnown | null;
};

export type HostStore = {
  /** False where the name is taken; names are literal, "Web1" is not "web1". `tokenHash`: SHA-256 in hex. */
  create(host: Omit<StoredHost, 'known'> & { tokenHash: string }): boolean;
  byId(id: string): StoredHost | null;
  byName(name: string): StoredHost | null;
  byTokenHash(tokenHash: string): StoredHost | null;
  /** Every host, in the order in which they came and in which their rows stand. */
  list(): StoredHost[];
  /** False where the name is another host's. */
  update(id: string, change: { name: string; tags: readonly string[] }): boolean;
  setTokenHash(id: string, tokenHash: string): void;
  setKnown(id: string, known: LastKnown): void;
  /** What a heartbeat brings of it. */
  setLastReport(id: string, known: LastReport): void;
  /** The host's commands and events stay. */
  remove(id: string): void;
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

/** `next` is the `before` of the page that follows, null on the last one. */
export type CommandPage = { items: CommandRecord[]; next: string | null };

export type CommandStore = {
  /**
   * Writes the record, new or known. Throws where a host's slot, or its one kill, cancel, restart or reboot, is taken:
   * so a command that makes room is saved before the one that takes its place.
   */
  save(record: CommandRecord): void;
  get(id: string): CommandRecord | null;
  /**
   * Every record that is active or open, oldest first: what a coordinator needs in memory at its start. A damaged one that is
   * active becomes LOST, and none stays open, so that the host's slot is free: it is not among them.
   */
  live(): CommandRecord[];
  /** Newest first. */
  list(filter: CommandFilter): CommandPage;
  /** In the order of dispatch. */
  byDispatch(dispatchId: string): CommandRecord[];
  /** Of each op the newest command of the host that ended there, not before it got there; oldest first. */
  lastEnded(hostId: string, ops: readonly string[]): CommandRecord[];
  /** The newest command of every host that exists. */
  latestPerHost(): CommandRecord[];
  /**
   * Commands of existing hosts whose end asks for a person, in the order of their ends. Those are left out that a command
   * which was sent to that host no earlier, and ended no earlier, has settled by its SUCCESS (docs/protocol.md section 3,
   * attention). Kill and cancel only act on others: they neither ask nor settle.
   */
  unsettled(): CommandRecord[];
};

export type HistoryStore = {
  append(commandId: string, entry: HistoryEntry): void;
  /** In the order in which they were appended. */
  of(commandId: string): HistoryEntry[];
};

/** Unset filters do not filter. */
export type EventFilter = {
  hostId?: string;
  commandId?: string;
  level?: EventLevel;
  /**
   * `oldest` reads on from `cursor`, as a log is followed; `newest` reads back from it, as a page of the latest is.
   * `GET /api/events` is `oldest` with `after` as the cursor, so that following `next` from nothing gives every event
   * once, in order, and a consumer that keeps the last id it saw misses none; with `before` it is `newest`.
   */
  first: 'oldest' | 'newest';
  /** The id of the last event seen, itself left out; unset: from that end. */
  cursor?: number;
  /** At least 1. */
  limit: number;
};

/** `next` is the `cursor` of the page that follows, null where there is nothing more now. */
export type EventPage = { items: Event[]; next: number | null };

export type EventStore = {
  /** The event with its id: greater than every id before it, and never given again. */
  append(event: NewEvent): Event;
  list(filter: EventFilter): EventPage;
};

/** An answer kept for its Idempotency-Key; a key is one actor's own. */
export type KeptAnswer = {
  actor: string;
  key: string;
  /** Tells the same request from another one with the same key. */
  bodyHash: string;
  /** HTTP status and JSON text of the answer, given again as they were. */
  status: number;
  answer: string;
  at: number;
};

export type DispatchStore = {
  save(dispatch: Dispatch): void;
  get(id: string): Dispatch | null;
  /** Replaces an older answer of the same actor and key. */
  keepAnswer(answer: KeptAnswer): void;
  /** The answer given at or after `since`, that is, one that still counts. */
  keptAnswer(actor: string, key: string, since: number): KeptAnswer | null;
};

/** A person's session; `id` says nothing of the cookie that opens it. */
export type SignIn = {
  readonly id: string;
  readonly actor: string;
  /** Where it was opened from. */
  readonly address: string;
  readonly openedAt: number;
  readonly expiresAt: number;
};

export type SignInStore = {
  add(signIn: SignIn): void;
  remove(id: string): void;
  /** In the order in which they were opened. */
  list(): SignIn[];
};

/** What has passed its time. Every call touches at most `limit` rows, so that none of them holds the loop up. */
export type RetentionStore = {
  /** Ids of commands that ended before `before` and that no host still owes a word on, oldest first. */
  expiredCommands(before: number, limit: number): string[];
  /** Deletes these commands with their history. */
  deleteCommands(ids: readonly string[]): void;
  /** Each of these deletes, and says how many. */
  deleteEvents(before: number, limit: number): number;
  /** Only dispatches of which no command is left. */
  deleteDispatches(before: number, limit: number): number;
  deleteAnswers(before: number, limit: number): number;
};
