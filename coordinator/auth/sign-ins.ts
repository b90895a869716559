import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { NewEvent } from '../../shared/event.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { SignIn } from '../store/port.ts';
import { createFew } from './few.ts';

/**
 * Who is signed in to the dashboard.
 *
 * I1 A session is a row, not what its cookie says: one that was ended is dead for every copy of the cookie, also after a restart.
 * I2 With a session ends, at once, all that was opened with it: sockets of the live feed, answers under way.
 * I3 Sign-ins, failed ones and sign-outs are events. However many fail, few are written: the rest is counted.
 */
export type SignIns = {
  /** Where the store can't be written the session is there until the coordinator ends: a full disk locks nobody out. */
  open(who: { id: string; actor: string; address: string }): Promise<SignIn>;
  find(id: string): SignIn | null;
  /** Rejects with `storage_unavailable` where it is ended, but may be back after a restart. */
  end(signIn: SignIn, address: string): Promise<void>;
  /** Runs when the session is over, at once if it is; returns what takes that back. */
  whenOver(signIn: SignIn, run: () => void): () => void;
  /** Resolves when it is told, if it is. */
  failed(address: string): Promise<void>;
  close(): void;
};

export type SignInsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  /** Sessions that were open at the start, in the order in which they were opened. */
  stored: readonly SignIn[];
};

export const SESSION_MS = 30 * 24 * 3_600_000;
/** Beyond it the oldest ends: a program that signs in again and again must not fill the store. */
const MAX_SESSIONS = 1_000;
const SWEEP_EVERY_MS = 60_000;

export function createSignIns({ clock, log, ledger, stored }: SignInsDeps): SignIns {
  const sessions = new Map<string, SignIn>();
  const watchers = new Map<string, Set<() => void>>();
  /** Ended, but still stored. */
  const unremoved = new Set<string>();
  let lastFailure = '';
  const few = createFew({
    clock,
    onMore(count) {
      const message = `${count} more sign-ins failed, the last from ${lastFailure}`;
      tell('warn', 'sign_in_failed', NOBODY, lastFailure, message);
      ledger.commit().catch((err) => log.warn({ err }, 'failed sign-ins could not be written'));
    },
  });

  const tell = (level: NewEvent['level'], code: string, actor: string, address: string, message: string): void =>
    ledger.event({
      ...{ at: clock.now(), level, category: 'audit', actor, address, hostId: null, commandId: null },
      ...{ code, message, next: null },
    });

  function drop(id: string): void {
    sessions.delete(id);
    unremoved.add(id);
    const running = watchers.get(id) ?? [];
    watchers.delete(id);
    for (const run of running) run();
  }

  /** What was dropped goes from the store too, with this turn or one that works. */
  async function commit(): Promise<void> {
    const removed = [...unremoved];
    for (const id of removed) ledger.also({ type: 'signed_out', id });
    await ledger.commit();
    for (const id of removed) unremoved.delete(id);
  }

  function sweep(): void {
    for (const { id, expiresAt } of sessions.values()) if (expiresAt <= clock.now()) drop(id);
    if (unremoved.size > 0) commit().catch((err) => log.warn({ err }, 'the end of sessions could not be written'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }

  for (const signIn of stored) sessions.set(signIn.id, signIn);
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  const find = (id: string): SignIn | null => {
    const found = sessions.get(id);
    return found && found.expiresAt > clock.now() ? found : null;
  };

  return {
    async open({ id, actor, address }) {
      const openedAt = clock.now();
      const signIn = { id, actor, address, openedAt, expiresAt: openedAt + SESSION_MS };
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) drop(oldest);
      sessions.set(id, signIn);
      ledger.also({ type: 'signed_in', signIn });
      tell('info', 'signed_in', actor, address, `${actor} signed in from ${address}`);
      await commit().catch((err) =>
        log.warn({ err, address }, 'a sign-in could not be written: it lasts until this coordinator ends'),
      );
      return signIn;
    },
    find,
    async end({ id, actor }, address) {
      drop(id);
      tell('info', 'signed_out', actor, address, `${actor} signed out from ${address}`);
      await commit();
    },
    whenOver(signIn, run) {
      if (!find(signIn.id)) {
        run();
        return () => {};
      }
      const { id } = signIn;
      const running = watchers.get(id) ?? new Set();
      watchers.set(id, running.add(run));
      return () => {
        running.delete(run);
        if (running.size === 0 && watchers.get(id) === running) watchers.delete(id);
      };
    },
    async failed(address) {
      lastFailure = address;
      if (!few.isTold()) return;
      tell('warn', 'sign_in_failed', NOBODY, address, `A sign-in from ${address} failed: it was not the admin token`);
      await ledger.commit().catch((err) => log.warn({ err, address }, 'a failed sign-in could not be written'));
    },
    close() {
      clock.clearTimeout(timer);
      few.close();
    },
  };
}

/** Under whose name stands what nobody in particular did. */
const NOBODY = 'anonymous';
