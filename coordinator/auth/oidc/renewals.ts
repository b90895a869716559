import { subjectOf } from '../../../shared/model/actor.ts';
import type { Grant } from '../../../shared/model/grant.ts';
import type { Clock, TimerHandle } from '../../../shared/time/clock.ts';
import type { Log } from '../../config/log.ts';
import type { SignIn } from '../../store/records.ts';
import type { PresentGrants } from '../auth.ts';
import { seal, unseal } from '../seal.ts';
import type { SignIns } from '../sign-ins.ts';
import { type Keys, parseKeys } from './keys.ts';
import type { Provider } from './provider.ts';

/**
 * Asks the provider again for the groups of signed-in people.
 *
 * R1 Each person is asked about after 10 minutes. While the provider is away it is asked every 30 s, until its last answer no
 *    longer counts (present-grants.ts).
 * R2 A refusal, or an answer without a group that CONFIG knows, ends the session at once. A lost group takes back the person's
 *    requests that have not begun and that their other grants do not allow; a refusal takes back nothing.
 * R3 Keys are stored only sealed, with a key made from the session's cookie or token. After a restart they work once that was shown.
 */
export type Renewals = {
  /** A request has shown the session's cookie or token; `keyOf` makes the key from it. */
  shown(signIn: SignIn, keyOf: () => Buffer): void;
  /** Null for a session that was not shown since the start. */
  keysOf(sessionId: string): Keys | null;
  close(): void;
};

export type RenewalsDeps = {
  clock: Clock;
  log: Log;
  provider: Pick<Provider, 'again' | 'revoke'>;
  signIns: Pick<SignIns, 'find' | 'end' | 'setPerson' | 'whenOver'>;
  presentGrants: PresentGrants;
  /** Takes back, within the turn, a person's requests that have not begun and that the grants left to them do not allow. */
  revoke: (actor: string, left: readonly Grant[]) => void;
};

const ASK_AFTER_MS = 10 * 60_000;
const AGAIN_MS = 30_000;
const LOOK_EVERY_MS = 5_000;

/** `triedAt`: the last try that found the provider away. */
type Renewal = { key: Buffer; keys: Keys; isAsking: boolean; triedAt: number };

export function createRenewals({ clock, log, provider, signIns, presentGrants, revoke }: RenewalsDeps): Renewals {
  const held = new Map<string, Renewal>();
  let timer: TimerHandle | null = null;

  /** False for a time in the future, because a clock that was set back must not postpone a question. */
  function isWithin(at: number, ms: number): boolean {
    const age = clock.now() - at;
    return age >= 0 && age < ms;
  }

  function look(): void {
    for (const [id, one] of held) {
      const signIn = signIns.find(id);
      if (!signIn?.person || one.isAsking) continue;
      if (isWithin(one.triedAt, AGAIN_MS) || isWithin(signIn.person.askedAt, ASK_AFTER_MS)) continue;
      one.isAsking = true;
      ask(signIn, one)
        .catch((err) => log.error({ err, actor: signIn.actor }, 'a person could not be asked about again'))
        .finally(() => {
          one.isAsking = false;
        });
    }
    timer = held.size > 0 ? clock.setTimeout(look, LOOK_EVERY_MS) : null;
  }

  async function ask({ id, actor }: SignIn, one: Renewal): Promise<void> {
    const askedAt = clock.now();
    const answer = await provider.again(one.keys, subjectOf(actor));
    if (answer.kind === 'answered') one.keys = answer.value.keys;
    const signIn = signIns.find(id);
    // The session ended meanwhile and its keys with it; the new ones still have to be revoked.
    if (!signIn?.person) {
      if (answer.kind === 'answered') await provider.revoke(answer.value.keys);
      return;
    }
    if (answer.kind === 'away') {
      one.triedAt = clock.now();
      log.warn({ actor, words: answer.words }, 'the identity provider cannot be asked for the groups of a person');
      return;
    }
    if (answer.kind === 'refused') return end(signIn, answer.words);
    const { name, groups } = answer.value.person;
    const sealed = seal(one.key, JSON.stringify(one.keys));
    const person = { ...signIn.person, name, groups: [...groups], askedAt, sealed };
    const left = presentGrants(person);
    // A refusal may only mean that a session at the provider is over; this answer says that they lost grants.
    if (signIn.person.groups.some((group) => !groups.includes(group))) revoke(signIn.actor, left ?? []);
    if (left === null) return end(signIn, 'CONFIG grants nothing to the groups that they are in now');
    await signIns.setPerson(signIn, person);
  }

  async function end(signIn: SignIn, why: string): Promise<void> {
    await signIns
      .end(signIn, { actor: 'system', address: null, why })
      .catch((err) => log.warn({ err, actor: signIn.actor }, 'the end of a session could not be written'));
  }

  return {
    shown(signIn, keyOf) {
      const { id, person } = signIn;
      if (person === null || held.has(id)) return;
      const key = keyOf();
      const keys = parseKeys(unseal(key, person.sealed) ?? '');
      if (keys === null) return;
      const one: Renewal = { key, keys, isAsking: false, triedAt: Number.NEGATIVE_INFINITY };
      held.set(id, one);
      timer ??= clock.setTimeout(look, LOOK_EVERY_MS);
      signIns.whenOver(signIn, () => {
        held.delete(id);
        provider.revoke(one.keys).catch((err) => log.warn({ err }, 'a refresh token could not be revoked'));
      });
    },
    keysOf: (sessionId) => held.get(sessionId)?.keys ?? null,
    close: () => clock.clearTimeout(timer),
  };
}
