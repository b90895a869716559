import { newId } from '../../shared/ids.ts';
import type { AttentionItem, AttentionKind } from '../../shared/model/attention.ts';
import type { EventLevel, NewEvent } from '../../shared/model/event.ts';
import type { Notice, NoticeKind } from '../../shared/model/notify.ts';
import type { RolloutHistoryEntry } from '../../shared/model/rollout.ts';
import { newlyAsked } from '../attention/items.ts';
import type { Turn } from '../engine/turn.ts';
import type { RolloutRecord } from '../rollout/record.ts';

/** News of a change. Its receivers are chosen later. */
export type Cause = Omit<Notice, 'id' | 'host'> & {
  /** The hosts concerned (all hosts of a rollout); null if there are none. */
  hostIds: readonly string[] | null;
  /** The receiver concerned. It gets no notice of its own failure. */
  receiver: string | null;
};

/** The code of the event about a failing receiver. */
export const GIVEN_UP = 'notice_given_up';

const LEVELS: Record<AttentionKind, EventLevel> = {
  timed_out: 'warn',
  kill_failed: 'error',
  no_reconnect: 'error',
  lost: 'error',
  stale_binary: 'error',
  suspicious: 'warn',
  partial: 'warn',
  duplicate_agent: 'error',
  rollback_failed: 'error',
  rolled_back: 'error',
  unconfirmed: 'warn',
  rollout_failed: 'error',
  rollout_paused: 'warn',
  rollout_approval: 'warn',
  enrolment_conflict: 'error',
  enrolment_approval: 'warn',
  notify_failed: 'error',
  store_rewound: 'error',
};

/** Events that are attention items themselves. */
const EVENT_KINDS: Readonly<Record<string, AttentionKind>> = {
  duplicate_agent: 'duplicate_agent',
  enrolment_conflict: 'enrolment_conflict',
  enrolment_waits: 'enrolment_approval',
  store_rewound: 'store_rewound',
  [GIVEN_UP]: 'notify_failed',
};

type Telling = Pick<Turn, 'before' | 'after' | 'history' | 'events' | 'writes'>;

/** The causes of the turn, in order. A command that begins to need a person is one cause; its event is not another. */
export function causesOf(turn: Telling): Cause[] {
  const changed = new Set(turn.history.map(({ commandId }) => commandId));
  const asked = [...turn.after]
    .filter(([id]) => changed.has(id))
    .flatMap(([id, record]) => newlyAsked(turn.before.get(id) ?? null, record));
  const askedOf = new Set(asked.map(({ commandId }) => commandId));
  const saysTheSame = ({ category, commandId }: NewEvent): boolean =>
    category === 'system' && commandId !== null && askedOf.has(commandId);
  return [
    ...asked.map((item) =>
      causeOfItem(
        item,
        turn.events.find((event) => saysTheSame(event) && event.commandId === item.commandId),
      ),
    ),
    ...rolloutCauses(turn),
    ...turn.events.filter((event) => !saysTheSame(event)).map((event) => causeOfEvent(event, turn)),
  ];
}

/** @param event The same change's event. */
export function causeOfItem(item: AttentionItem, event?: NewEvent): Cause {
  const { kind, hostId, commandId, rolloutId, since, message } = item;
  const { at = since, level = LEVELS[kind], code = null, next = null } = event ?? {};
  return {
    at,
    kind,
    level,
    code,
    hostId,
    commandId,
    rolloutId,
    message,
    next,
    hostIds: hostId === null ? null : [hostId],
    receiver: null,
  };
}

function causeOfEvent(event: NewEvent, turn: Telling): Cause {
  const { at, level, hostId, commandId, code, message, next } = event;
  const kind = EVENT_KINDS[code] ?? 'event';
  return {
    at,
    kind,
    level,
    code,
    hostId,
    commandId,
    rolloutId: null,
    message,
    next,
    hostIds: hostId === null ? null : [hostId],
    receiver: code === GIVEN_UP ? failingIn(turn, message) : null,
  };
}

/** The receiver whose failure the turn writes and this message reports (courier.ts). */
function failingIn({ writes }: Telling, message: string): string | null {
  const names = writes.flatMap((write) => (write.type === 'receiver' ? write.state.name : []));
  return names.find((name) => message.startsWith(`${name} (`)) ?? null;
}

function rolloutCauses({ events, writes }: Pick<Turn, 'events' | 'writes'>): Cause[] {
  const records = new Map(
    writes.flatMap((write) => (write.type === 'rollout' ? [[write.record.rollout.id, write.record]] : [])),
  );
  return writes.flatMap((write) => {
    const record = write.type === 'rollout_history' ? records.get(write.rolloutId) : undefined;
    return write.type === 'rollout_history' && record ? (causeOfRollout(record, write.entry, events) ?? []) : [];
  });
}

function causeOfRollout(
  { rollout }: RolloutRecord,
  entry: RolloutHistoryEntry,
  events: readonly NewEvent[],
): Cause | null {
  const kind = kindOfRollout(entry);
  if (kind === null) return null;
  // Only the event of the end says whether all hosts are proven.
  const end = events.find(({ code, message }) => code === 'rollout_done' && message.startsWith(`${rollout.name} `));
  return {
    at: entry.at,
    kind,
    level: kind === 'rollout_done' && end ? end.level : ROLLOUT_LEVELS[kind],
    code: entry.code,
    hostId: null,
    commandId: null,
    rolloutId: rollout.id,
    message: `${rollout.name}: ${entry.message}`,
    next: null,
    hostIds: rollout.waves.flatMap(({ hosts }) => hosts),
    receiver: null,
  };
}

const ROLLOUT_LEVELS = {
  rollout_approval: LEVELS.rollout_approval,
  rollout_paused: LEVELS.rollout_paused,
  rollout_failed: LEVELS.rollout_failed,
  rollout_done: 'success',
  rollout_stopped: 'warn',
} as const satisfies Partial<Record<NoticeKind, EventLevel>>;

function kindOfRollout({ to, code }: RolloutHistoryEntry): keyof typeof ROLLOUT_LEVELS | null {
  switch (to) {
    case 'AWAITING_APPROVAL':
      return 'rollout_approval';
    case 'RUNNING':
      return code === 'approval' ? 'rollout_approval' : null;
    case 'PAUSED':
      return 'rollout_paused';
    case 'FAILED':
      return 'rollout_failed';
    case 'DONE':
      return 'rollout_done';
    case 'STOPPED':
      return 'rollout_stopped';
  }
}

/** The stored form, with an id of its own. */
export const noticeOf = (
  { hostIds: _, receiver: _receiver, ...cause }: Cause,
  host: string | null,
  id = newId(),
): Notice => ({
  id,
  host,
  ...cause,
  message: cause.message.slice(0, MESSAGE),
  next: cause.next?.slice(0, MESSAGE) ?? null,
});

/** Cuts long words, because a notice only points to the record. */
const MESSAGE = 500;
