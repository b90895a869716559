import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { StoredWaitingHost } from '../store/records.ts';

/**
 * The waiting hosts, in memory and in the store. A change is written in the present turn and taken back with it. A host
 * that has not asked for a day is deleted.
 */
export type WaitingRows = {
  all(): readonly StoredWaitingHost[];
  get(id: string): StoredWaitingHost | null;
  /** Finds a host by its agent's state id and secret. */
  find(stateId: string, secretHash: string): StoredWaitingHost | null;
  put(one: StoredWaitingHost): void;
  drop(those: readonly StoredWaitingHost[]): void;
  /** Its agent has just asked. */
  asked(id: string): void;
  askedAt(one: StoredWaitingHost): number;
  close(): void;
};

export type WaitingRowsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'commit' | 'afterCommit'>;
  stored: readonly StoredWaitingHost[];
  /** Called once a change is durable. */
  onChange: () => void;
};

const SWEEP_EVERY_MS = 3_600_000;
/** An agent asks every minute. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

export function createWaitingRows({ clock, log, ledger, stored, onChange }: WaitingRowsDeps): WaitingRows {
  const rows = new Map(stored.map((one) => [one.id, one]));
  /** When each host last asked. In memory only, so a restart gives each its full time again. */
  const askedAt = new Map(stored.map(({ id }) => [id, clock.now()]));

  function drop(those: readonly StoredWaitingHost[]): void {
    for (const one of those) {
      const { id, since } = one;
      const at = askedAt.get(id) ?? since;
      rows.delete(id);
      askedAt.delete(id);
      ledger.also({ type: 'host_waits_no_more', id }, () => {
        rows.set(id, one);
        askedAt.set(id, at);
      });
    }
    if (those.length > 0) ledger.afterCommit(onChange);
  }

  function sweep(): void {
    const before = clock.now() - FORGOTTEN_AFTER_MS;
    const gone = [...rows.values()].filter(({ id }) => (askedAt.get(id) ?? 0) < before);
    drop(gone);
    if (gone.length > 0) ledger.commit().catch((err) => log.warn({ err }, 'waiting hosts could not be deleted'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  return {
    all: () => [...rows.values()],
    get: (id) => rows.get(id) ?? null,
    find: (stateId, secretHash) =>
      [...rows.values()].find((one) => one.stateId === stateId && one.secretHash === secretHash) ?? null,
    put(one) {
      const before = rows.get(one.id);
      rows.set(one.id, one);
      ledger.also({ type: 'host_waits', waiting: one }, () => {
        if (before) rows.set(one.id, before);
        else rows.delete(one.id);
      });
      ledger.afterCommit(onChange);
    },
    drop,
    asked: (id) => void askedAt.set(id, clock.now()),
    askedAt: ({ id, since }) => askedAt.get(id) ?? since,
    close: () => clock.clearTimeout(timer),
  };
}
