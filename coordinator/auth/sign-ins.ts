import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { SignedInPerson, SignIn } from '../store/records.ts';
import { createCredentialWatch } from './credential-watch.ts';
import { createFailedSignIns } from './failed-sign-ins.ts';
import type { Names } from './names.ts';
import { ADMIN } from './principal.ts';

/**
 * Sessions of the dashboard, and of people on the command line.
 *
 * I1 A session is a row: once ended, no copy of its cookie works, even after a restart.
 * I2 Everything opened with a session ends with it, at once: sockets of the live feed, answers under way.
 * I3 Sign-ins, failed sign-ins and sign-outs are recorded as events.
 */
export type SignIns = {
  /** Opens a session. If the store can't be written, it lasts until the coordinator ends: a full disk locks nobody out. */
  open(who: Pick<SignIn, 'id' | 'actor' | 'address' | 'person'>): Promise<SignIn>;
  find(id: string): SignIn | null;
  /** In the order in which they were opened. */
  list(): SignIn[];
  /** When its admin token was last shown, at its opening or by a step-up; null if never. */
  provedAt(signIn: SignIn): number | null;
  /** The person stepped up, by `how`. Resolves once the event is stored. */
  stepUp(signIn: SignIn, address: string, how: Proof): Promise<void>;
  /** Stores the provider's present description of the person. */
  setPerson(signIn: SignIn, person: SignedInPerson): Promise<void>;
  /** Rejects with `storage_unavailable` if it is ended, but a restart may bring it back. */
  end(signIn: SignIn, by: { actor: string; address: string | null; why?: string }): Promise<void>;
  /** Ends all sessions of this actor, within the turn. */
  endAllOf(actor: string): void;
  /** Runs when the session is over, at once if it already is; returns a function that cancels this. */
  whenOver(signIn: SignIn, run: () => void): () => void;
  /** Resolves once it is stored or counted. */
  failed(address: string, why: string): Promise<void>;
  close(): void;
};

/** How a session is stepped up. */
export type Proof = 'admin token' | 'identity provider';

export type SignInsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  names: Pick<Names, 'learn'>;
  /** Whether its opener may still sign in; otherwise it ends. */
  isKnown: (signIn: SignIn) => boolean;
  /** Sessions open at the start, in the order in which they were opened. */
  stored: readonly SignIn[];
};

/** Their maximum age (docs/protocol.md section 10). */
export const SESSION_MS = 12 * 3_600_000;
/** Beyond it the oldest ends, so that a program that signs in again and again does not fill the store. */
const MAX_SESSIONS = 1_000;
const SWEEP_EVERY_MS = 60_000;

export function createSignIns({ clock, log, ledger, names, isKnown, stored }: SignInsDeps): SignIns {
  const sessions = new Map<string, SignIn>();
  /** In memory only: after a restart it is needed again. */
  const steppedUpAt = new Map<string, number>();
  /** Ended, and still stored. */
  const unremoved = new Set<string>();
  const failures = createFailedSignIns({ clock, log, ledger });

  const tell = (code: string, actor: string, address: string | null, message: string): void =>
    ledger.event({ at: clock.now(), level: 'info', category: 'audit', actor, address, code, message });

  function drop(id: string): void {
    sessions.delete(id);
    steppedUpAt.delete(id);
    unremoved.add(id);
    watch.ended(id);
  }

  /** Deletes dropped sessions from the store, in this turn or the next one that works. */
  async function commit(): Promise<void> {
    const removed = [...unremoved];
    for (const id of removed) ledger.also({ type: 'signed_out', id });
    await ledger.commit();
    for (const id of removed) unremoved.delete(id);
  }

  function sweep(): void {
    for (const { id } of sessions.values()) if (!find(id)) drop(id);
    if (unremoved.size > 0) commit().catch((err) => log.warn({ err }, 'the end of sessions could not be written'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }

  // An earlier version allowed longer sessions.
  for (const signIn of stored) {
    const expiresAt = Math.min(signIn.expiresAt, signIn.openedAt + SESSION_MS);
    sessions.set(signIn.id, { ...signIn, expiresAt });
  }
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  const find = (id: string): SignIn | null => {
    const found = sessions.get(id);
    return found && found.expiresAt > clock.now() && isKnown(found) ? found : null;
  };
  const watch = createCredentialWatch({ clock, isGood: (id) => find(id) !== null });

  return {
    async open({ id, actor, address, person }) {
      const openedAt = clock.now();
      const signIn = { id, actor, address, openedAt, expiresAt: openedAt + SESSION_MS, person };
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) drop(oldest);
      sessions.set(id, signIn);
      ledger.also({ type: 'signed_in', signIn });
      names.learn(actor, person?.name ?? null);
      tell('signed_in', actor, address, `${named({ actor, person })} signed in from ${address}`);
      await commit().catch((err) =>
        log.warn({ err, address }, 'a sign-in could not be written: it lasts until this coordinator ends'),
      );
      return signIn;
    },
    find,
    list: () => [...sessions.keys()].flatMap((id) => find(id) ?? []),
    provedAt: ({ id, actor, openedAt }) => steppedUpAt.get(id) ?? (actor === ADMIN.actor ? openedAt : null),
    async stepUp({ id, actor }, address, how) {
      steppedUpAt.set(id, clock.now());
      tell('stepped_up', actor, address, `${actor} proved again who they are, by the ${how}, from ${address}`);
      await ledger.commit().catch((err) => log.warn({ err, address }, 'a step-up could not be written'));
    },
    async setPerson({ id, actor }, person) {
      const now = sessions.get(id);
      if (!now) return;
      sessions.set(id, { ...now, person });
      ledger.also({ type: 'person_asked', id, person });
      names.learn(actor, person.name);
      if (now.person?.groups.join() !== person.groups.join())
        tell('groups_changed', 'system', null, `The groups of ${actor} are now ${person.groups.join(', ')}`);
      await ledger.commit().catch((err) => log.warn({ err, actor }, 'the groups of a person could not be written'));
    },
    async end({ id, actor, address: from }, by) {
      drop(id);
      const message =
        by.actor === actor
          ? `${actor} signed out from ${by.address}`
          : `The session of ${actor}, opened from ${from}, was ended by ${by.actor}${by.why ? `: ${by.why}` : ''}`;
      tell('signed_out', by.actor, by.address, message);
      await commit();
    },
    endAllOf(actor) {
      for (const signIn of [...sessions.values()]) if (signIn.actor === actor) drop(signIn.id);
      for (const id of unremoved) ledger.also({ type: 'signed_out', id });
    },
    whenOver: ({ id }, run) => watch.until(id, run),
    failed: failures.failed,
    close() {
      clock.clearTimeout(timer);
      failures.close();
      watch.close();
    },
  };
}

/** This event records which name belongs to a subject. */
const named = ({ actor, person }: Pick<SignIn, 'actor' | 'person'>): string =>
  person?.name == null ? actor : `${actor} (${person.name})`;
