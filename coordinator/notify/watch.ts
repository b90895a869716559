import type { AttentionItem } from '../../shared/attention.ts';
import type { Clock, TimerHandle } from '../../shared/clock.ts';
import { idOfText } from '../../shared/ids.ts';
import { createLivedTime } from '../../shared/lived-time.ts';
import { lengthInWords } from '../../shared/spans.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Guard } from '../engine/guard.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import { type HostEntry, maintenanceOf, type Roster } from '../hosts/roster.ts';
import type { ToldAbsence } from '../store/records.ts';
import { type Cause, causeOfItem } from './causes.ts';
import type { Outbox } from './outbox.ts';

/**
 * News without a write behind it: a host stays away, or an activation waits for a person's confirmation.
 * V1 A host is reported away only after this process had time to hear it, both after its start and after each stall of its own.
 * V2 Each receiver is told once of each absence, even across restarts.
 */
export type WatchDeps = {
  clock: Clock;
  guard: Guard;
  receivers: readonly ReceiverConfig[];
  stored: readonly ToldAbsence[];
  ledger: Pick<Ledger, 'also' | 'inTurnOf' | 'commit'>;
  outbox: Pick<Outbox, 'put'>;
  roster: Pick<Roster, 'all' | 'byId'>;
  sessions: Pick<Sessions, 'isOnline'>;
  attention: () => AttentionItem[];
};

const LOOK_MS = 5_000;
/** Agents reconnect within this time. */
export const HEARING_MS = 90_000;

export function createWatch(deps: WatchDeps): { close(): void } {
  const { clock, ledger, outbox, roster, sessions } = deps;
  const absenceReceivers = deps.receivers.filter(({ events }) => events.includes('host_offline'));
  const askReceivers = deps.receivers.filter(
    ({ events }) => events.includes('attention') || events.includes('unconfirmed') || events.includes('warn'),
  );
  /** For each host that is away, the receivers that were told. */
  const told = new Map<string, ReadonlySet<string>>();
  for (const { hostId, receiver } of deps.stored) told.set(hostId, new Set([...(told.get(hostId) ?? []), receiver]));
  let asked = new Set<string>();

  let heardFrom = 0;
  const lived = createLivedTime({
    clock,
    stepMs: 2 * LOOK_MS,
    onGap: () => {
      heardFrom = Number.POSITIVE_INFINITY;
    },
  });

  function putTold(hostId: string, receivers: ReadonlySet<string>): () => void {
    const before = told.get(hostId);
    if (receivers.size > 0) told.set(hostId, receivers);
    else told.delete(hostId);
    return () => {
      if (before) told.set(hostId, before);
      else told.delete(hostId);
    };
  }

  function lookAt(host: HostEntry, now: number): void {
    const known = told.get(host.id);
    if (sessions.isOnline(host.id)) {
      if (known) ledger.inTurnOf(host.id, () => tellBack(host, known, now));
      return;
    }
    const since = host.known?.lastSeenAt;
    if (since === undefined || maintenanceOf(host, now)) return;
    const due = absenceReceivers.filter(({ name, afterMs }) => now - since >= afterMs && !known?.has(name));
    if (due.length > 0) ledger.inTurnOf(host.id, () => tellAway(host, due, since, now));
  }

  function tellAway(
    { id: hostId, name: host }: HostEntry,
    due: readonly ReceiverConfig[],
    since: number,
    at: number,
  ): void {
    const message = `${host} was last seen ${lengthInWords(at - since)} ago`;
    const cause = { ...ABOUT_HOST, at, kind: 'host_offline', level: 'warn', code: 'host_offline', message } as const;
    for (const receiver of due) {
      outbox.put(
        receiver,
        { ...cause, hostId, hostIds: [hostId] },
        idOfText(`host_offline ${hostId} ${since} ${receiver.name}`),
      );
      const undo = putTold(hostId, new Set([...(told.get(hostId) ?? []), receiver.name]));
      ledger.also({ type: 'absence_told', absence: { hostId, receiver: receiver.name, since } }, undo);
    }
  }

  function tellBack({ id: hostId, name: host }: HostEntry, known: ReadonlySet<string>, at: number): void {
    const cause = {
      ...ABOUT_HOST,
      at,
      kind: 'host_back',
      level: 'success',
      code: 'host_online',
      message: `${host} is back`,
    } as const;
    for (const receiver of absenceReceivers)
      if (known.has(receiver.name)) outbox.put(receiver, { ...cause, hostId, hostIds: [hostId] });
    ledger.also({ type: 'absence_over', hostId }, putTold(hostId, new Set()));
  }

  /** Looks for hosts whose activation only a person can confirm, because no write marks the beginning of that. */
  function lookAtAttention(): void {
    const items = deps.attention().filter(({ kind }) => kind === 'unconfirmed');
    const keys = new Set(items.map(keyOf));
    for (const item of items) if (!asked.has(keyOf(item))) ledger.inTurnOf(item.hostId ?? '', () => tellAsked(item));
    asked = keys;
  }

  function tellAsked(item: AttentionItem): void {
    const key = keyOf(item);
    for (const receiver of askReceivers) outbox.put(receiver, causeOfItem(item), idOfText(`${key} ${receiver.name}`));
    // The next look tells news that could not be written.
    ledger.commit().catch(() => asked.delete(key));
  }

  function look(): void {
    const now = lived.now();
    if (heardFrom === Number.POSITIVE_INFINITY) heardFrom = now;
    if (absenceReceivers.length > 0 && now - heardFrom >= HEARING_MS)
      for (const host of roster.all()) lookAt(host, clock.now());
    for (const id of told.keys()) if (!roster.byId(id)) told.delete(id);
    if (askReceivers.length > 0) lookAtAttention();
  }

  let timer: TimerHandle = clock.setTimeout(again, LOOK_MS);
  function again(): void {
    timer = clock.setTimeout(again, LOOK_MS);
    deps.guard('who is away', look);
  }
  return { close: () => clock.clearTimeout(timer) };
}

const keyOf = ({ kind, commandId, since }: AttentionItem): string => `${kind} ${commandId} ${since}`;

const ABOUT_HOST: Pick<Cause, 'commandId' | 'rolloutId' | 'next' | 'receiver'> = {
  commandId: null,
  rolloutId: null,
  next: null,
  receiver: null,
};
