import { ATTENTION_KINDS, type AttentionItem, type AttentionKind } from '../../shared/model/attention.ts';
import { asksPerson, type Command, isActive, limitOf } from '../../shared/model/command.ts';
import type { Guard } from '../../shared/ops/guard.ts';
import { actsOnCommands } from '../../shared/ops/ops.ts';
import { lengthInWords } from '../../shared/time/spans.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

/** The facts behind attention. */
export type AttentionFacts = {
  /** Active commands, and ended ones whose process may go on. */
  live: Iterable<Pick<CommandRecord, 'command' | 'open'>>;
  /** Ended commands that nobody has dealt with, as `settle` keeps them. */
  unsettled: Iterable<Command>;
  /** Guards as their hosts report them, with their commands. */
  guards: Iterable<{ guard: Guard; command: Command }>;
  /** Hosts whose token a second agent tried to use, and when. */
  duplicates: Iterable<{ hostId: string; since: number }>;
  /** Hosts that know of commits which the store has lost, and the time of that finding. */
  putBack: readonly { name: string; since: number }[];
};

/** A success on the host itself: it settles what waited there for a person when it was sent. */
export const settles = (ended: Command): boolean => ended.status === 'SUCCESS' && !actsOnCommands(ended.op);

/**
 * Takes in ended commands, in the order of their ends. One that ended badly is kept; one that ended well settles those sent
 * earlier to the same host. Kill and cancel do neither, because they only act on commands.
 */
export function settle(unsettled: readonly Command[], ended: Command): readonly Command[] {
  if (actsOnCommands(ended.op)) return unsettled;
  if (settles(ended))
    return unsettled.filter(
      ({ hostId, dispatchedAt }) => hostId !== ended.hostId || (dispatchedAt ?? 0) > (ended.dispatchedAt ?? 0),
    );
  return kindOfEnd(ended) === null ? unsettled : [...unsettled, ended];
}

/** Everything that waits for a person: timeouts first, then by kind and age. */
export function attentionOf({ live, guards, unsettled, duplicates, putBack }: AttentionFacts): AttentionItem[] {
  const items: AttentionItem[] = [];
  for (const record of live) items.push(...liveItems(record));
  for (const { guard, command } of guards) items.push(...guardItems(guard, command));
  for (const command of unsettled) {
    const item = endItem(command);
    if (item) items.push(item);
  }
  for (const { hostId, since } of duplicates)
    items.push({
      kind: 'duplicate_agent',
      hostId,
      commandId: null,
      since,
      rolloutId: null,
      lapsesAt: null,
      message: "A second agent came with this host's token and was refused: give each host a token of its own",
    });
  if (putBack.length > 0) items.push(putBackItem(putBack));
  return items.sort(byUrgency);
}

/** The most names in one message. */
const NAMED = 3;

/** One item for the store, however many hosts report the loss. */
function putBackItem(hosts: AttentionFacts['putBack']): AttentionItem {
  const names = hosts.slice(0, NAMED).map(({ name }) => name);
  const more = hosts.length > NAMED ? ` and ${hosts.length - NAMED} more` : '';
  return {
    kind: 'store_rewound',
    hostId: null,
    commandId: null,
    rolloutId: null,
    // Math.min(...all) would fail: a call takes fewer arguments than a fleet has hosts.
    since: hosts.reduce((first, { since }) => Math.min(first, since), Number.POSITIVE_INFINITY),
    lapsesAt: null,
    message: `The store was put back: it has lost commits that ${names.join(', ')}${more} knew of. Look at the events, and dispatch the missing commands again`,
  };
}

/** Items that this change of a command adds. */
export function newlyAsked(
  before: Pick<CommandRecord, 'command' | 'open'> | null,
  after: Pick<CommandRecord, 'command' | 'open'>,
): AttentionItem[] {
  const known = before ? itemsOf(before).map(({ kind }) => kind) : [];
  return itemsOf(after).filter(({ kind }) => !known.includes(kind));
}

function itemsOf(record: Pick<CommandRecord, 'command' | 'open'>): AttentionItem[] {
  const end = actsOnCommands(record.command.op) ? null : endItem(record.command);
  return [...liveItems(record), ...(end ? [end] : [])];
}

function endItem(command: Command): AttentionItem | null {
  const kind = kindOfEnd(command);
  if (kind === null) return null;
  const message = `${command.op} ended ${command.status}: ${command.message ?? command.code}`;
  return about(command, kind, command.finishedAt ?? command.createdAt, message);
}

function* liveItems({ command, open }: Pick<CommandRecord, 'command' | 'open'>): Generator<AttentionItem> {
  const { op, status, kill } = command;
  if (asksPerson(command)) {
    const limit = limitOf(command);
    const within = limit === null ? 'in time' : `within ${lengthInWords(limit)}`;
    const message =
      status === 'PENDING'
        ? `${op} was not accepted ${within}: wait, kill, or stop tracking it`
        : `${op} is over its ${limit === null ? '' : `${lengthInWords(limit)} `}limit: wait, kill, or stop tracking it`;
    const since = (status === 'PENDING' ? command.notAfter : command.timeoutAt) ?? command.createdAt;
    yield { ...about(command, 'timed_out', since, message), lapsesAt: command.decideBy };
  }
  if (kill?.stage === 'failed' && (isActive(status) || open))
    yield about(command, 'kill_failed', kill.requestedAt, `${op} could not be killed: reboot the host`);
}

/** An activation neither kept nor undone, where the coordinator does not, or could not, decide by itself. */
function* guardItems({ state, deadline }: Guard, command: Command): Generator<AttentionItem> {
  const { op, status, exitedAt, createdAt } = command;
  const isLeft = state === 'activated' && !isActive(status) && command.code !== 'no_reconnect';
  if (command.decision || (state !== 'held' && !isLeft)) return;
  const message = isLeft
    ? `${op} ended ${status}, and its host goes back to the system before: keep the new one, or let it`
    : `${op} is active, and its host could not be told to keep it, only the coordinator was away: keep or undo it`;
  yield { ...about(command, 'unconfirmed', exitedAt ?? createdAt, message), lapsesAt: deadline };
}

/** The attention item for an end; null if there is none. */
function kindOfEnd({ status, code }: Command): AttentionKind | null {
  switch (status) {
    case 'PARTIAL':
      return 'partial';
    case 'STALE_BINARY':
      return 'stale_binary';
    case 'SUSPICIOUS':
      return 'suspicious';
    case 'ROLLED_BACK':
      return 'rolled_back';
    case 'ERROR':
      return code === 'rollback_failed' ? 'rollback_failed' : null;
    case 'LOST':
      return code === 'host_removed' ? null : 'lost';
    case 'TIMEOUT':
      return code === 'no_reconnect' ? 'no_reconnect' : null;
    default:
      return null;
  }
}

const about = ({ hostId, id }: Command, kind: AttentionKind, since: number, message: string): AttentionItem => ({
  kind,
  hostId,
  commandId: id,
  rolloutId: null,
  since,
  lapsesAt: null,
  message,
});

function byUrgency(one: AttentionItem, other: AttentionItem): number {
  const order = ATTENTION_KINDS.indexOf(one.kind) - ATTENTION_KINDS.indexOf(other.kind);
  const lapse = (item: AttentionItem) => item.lapsesAt ?? Number.MAX_SAFE_INTEGER;
  return order || lapse(one) - lapse(other) || one.since - other.since;
}
