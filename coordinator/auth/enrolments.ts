import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import {
  type EnrolmentRequest,
  type EnrolmentView,
  enrolmentWords,
  type NewEnrolment,
} from '../../shared/model/enrolment.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createSignal, type Signal } from '../engine/signals.ts';
import type { Enrolment } from '../store/records.ts';
import { hashToken, newToken } from './tokens.ts';

/**
 * Enrolment tokens, with which hosts get tokens of their own (docs/protocol.md section 10).
 *
 * E1 A token is shown when it is made, and kept as its hash.
 * E2 A use is counted in the turn that adds the host, or not at all.
 */
export type Enrolments = {
  /** Includes expired and used-up ones, so that their refusals can say so. */
  find(token: string): Enrolment | null;
  byId(id: string): Enrolment | null;
  /** In the order in which they were made. */
  list(): EnrolmentView[];
  /** Throws `limit_reached`, `invalid_request`. */
  create(request: EnrolmentRequest, actor: string): Promise<NewEnrolment>;
  /** Throws `unknown_enrolment`. */
  remove(id: string, actor: string): Promise<void>;
  /** Counts a use, in this turn. */
  use(id: string): void;
  /** Reports the id in the turn that removes the enrolment. */
  removed: Signal<string>;
  close(): void;
};

export type EnrolmentsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  stored: readonly Enrolment[];
};

const MAX_ENROLMENTS = 1_000;
const SWEEP_EVERY_MS = 3_600_000;
/** How long an expired one is still listed. */
const KEPT_EXPIRED_MS = 30 * 24 * 3_600_000;

export function createEnrolments({ clock, log, ledger, stored }: EnrolmentsDeps): Enrolments {
  const enrolments = new Map(stored.map((one) => [one.id, one]));
  const byHash = new Map(stored.map((one) => [one.tokenHash, one.id]));
  const removed = createSignal<string>();

  const put = (one: Enrolment): void => {
    enrolments.set(one.id, one);
    byHash.set(one.tokenHash, one.id);
  };
  const drop = ({ id, tokenHash }: Enrolment): void => {
    enrolments.delete(id);
    byHash.delete(tokenHash);
  };
  const byId = (id: string): Enrolment | null => enrolments.get(id) ?? null;

  const tell = (actor: string, code: string, message: string): void =>
    ledger.event({ at: clock.now(), level: 'info', category: 'audit', actor, code, message });

  /** Removes it at once; it comes back if the turn fails. */
  function takeAway(one: Enrolment): void {
    drop(one);
    ledger.also({ type: 'enrolment_removed', id: one.id }, () => put(one));
    removed.tell(one.id);
  }

  function sweep(): void {
    const before = clock.now() - KEPT_EXPIRED_MS;
    const old = [...enrolments.values()].filter(({ expiresAt }) => expiresAt !== null && expiresAt < before);
    for (const one of old) takeAway(one);
    if (old.length > 0) ledger.commit().catch((err) => log.warn({ err }, 'expired enrolments could not be deleted'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  return {
    find: (token) => byId(byHash.get(hashToken(token)) ?? ''),
    byId,
    list: () => [...enrolments.values()].map(viewOf),
    async create({ tags = [], names = null, maxUses = null, expiresAt = null, approve = false }, actor) {
      if (enrolments.size >= MAX_ENROLMENTS)
        throw new SwitchyardError('limit_reached', `There are ${MAX_ENROLMENTS} enrolments already`);
      if (expiresAt !== null && expiresAt <= clock.now())
        throw new SwitchyardError('invalid_request', 'body/expiresAt lies in the past');
      const token = newToken();
      const made = { uses: 0, createdAt: clock.now(), createdBy: actor };
      const one: Enrolment = {
        id: newId(),
        tokenHash: hashToken(token),
        tags,
        names,
        maxUses,
        expiresAt,
        approve,
        ...made,
      };
      put(one);
      ledger.also({ type: 'enrolment_added', enrolment: one }, () => drop(one));
      tell(actor, 'enrolment_added', `The enrolment ${one.id} was made: ${enrolmentWords(one)}`);
      await ledger.commit();
      return { ...viewOf(one), token };
    },
    async remove(id, actor) {
      const one = byId(id);
      if (!one) throw new SwitchyardError('unknown_enrolment', `No enrolment has the id "${id}"`);
      takeAway(one);
      tell(actor, 'enrolment_removed', `The enrolment ${id} was removed`);
      await ledger.commit();
    },
    use(id) {
      const one = byId(id);
      if (!one) return;
      const used = { ...one, uses: one.uses + 1 };
      put(used);
      ledger.also({ type: 'enrolment_used', id, uses: used.uses }, () => {
        const now = byId(id);
        if (now) put({ ...now, uses: now.uses - 1 });
      });
    },
    removed,
    close: () => clock.clearTimeout(timer),
  };
}

const viewOf = ({ tokenHash: _, ...view }: Enrolment): EnrolmentView => view;
