import { idOfText } from '../../shared/ids.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { lengthInWords } from '../../shared/time/spans.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import { type HostEntry, maintenanceOf, type Roster } from '../hosts/roster.ts';
import type { ToldAbsence } from '../store/records.ts';
import type { Cause } from './causes.ts';
import type { Outbox } from './outbox.ts';

/** Puts notices of hosts that stay away, and of their return. Each receiver gets one per absence, even across restarts. */
export type Absences = {
  /** Call it only after this process had time to hear every host. */
  look(): void;
  /** Forgets hosts that were removed. */
  tidy(): void;
};

export type AbsencesDeps = {
  clock: Clock;
  receivers: readonly ReceiverConfig[];
  stored: readonly ToldAbsence[];
  ledger: Pick<Ledger, 'also' | 'inTurnOf'>;
  outbox: Pick<Outbox, 'put'>;
  roster: Pick<Roster, 'all' | 'byId'>;
  sessions: Pick<Sessions, 'isOnline'>;
};

export function createAbsences(deps: AbsencesDeps): Absences {
  const { clock, stored, ledger, outbox, roster, sessions } = deps;
  const receivers = deps.receivers.filter(({ events }) => events.includes('host_offline'));
  /** For each host that is away, the receivers that got a notice. */
  const told = new Map<string, ReadonlySet<string>>();
  for (const { hostId, receiver } of stored) told.set(hostId, new Set([...(told.get(hostId) ?? []), receiver]));

  function putTold(hostId: string, names: ReadonlySet<string>): () => void {
    const before = told.get(hostId);
    if (names.size > 0) told.set(hostId, names);
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
    const due = receivers.filter(({ name, afterMs }) => now - since >= afterMs && !known?.has(name));
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
    for (const receiver of receivers)
      if (known.has(receiver.name)) outbox.put(receiver, { ...cause, hostId, hostIds: [hostId] });
    ledger.also({ type: 'absence_over', hostId }, putTold(hostId, new Set()));
  }

  return {
    look() {
      if (receivers.length > 0) for (const host of roster.all()) lookAt(host, clock.now());
    },
    tidy() {
      for (const id of told.keys()) if (!roster.byId(id)) told.delete(id);
    },
  };
}

const ABOUT_HOST: Pick<Cause, 'commandId' | 'rolloutId' | 'next' | 'receiver'> = {
  commandId: null,
  rolloutId: null,
  next: null,
  receiver: null,
};
