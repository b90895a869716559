import { isPerson } from '../../shared/model/actor.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { PersonName } from '../store/records.ts';

/**
 * Names of the people who signed in through the identity provider, by actor (`oidc:SUBJECT`).
 *
 * B1 Records hold only the subject. The last known name is put beside it whenever the subject is shown.
 * B2 A name identifies nobody, because people may choose theirs.
 */
export type Names = {
  /** The provider's present name for this person; null if it gives none. Becomes durable with the turn. */
  learn(actor: string, name: string | null): void;
  /** The value with `requestedByName` beside a `requestedBy` whose name is known, and so on; the same value if it has none. */
  beside<Value>(value: Value): Value;
};

export type NamesDeps = {
  clock: Pick<Clock, 'now'>;
  ledger: Pick<Ledger, 'also'>;
  /** The longest known first. */
  stored: readonly PersonName[];
  /** The most people kept. Beyond that the longest known is dropped. */
  most?: number;
};

const MOST = 10_000;
/** Fields that name an actor; each has words in api/access-words.ts. */
const FIELDS: ReadonlySet<string> = new Set([
  'actor',
  'requestedBy',
  'createdBy',
  'ranBy',
  'tokenOf',
  'approvedBy',
  'decidedBy',
]);
/** Fields whose content comes from hosts and requests: it names no person, and makes up most of a list of thousands of hosts. */
const DATA: ReadonlySet<string> = new Set([
  'report',
  'before',
  'after',
  'metrics',
  'compartments',
  'ops',
  'evidence',
  'options',
]);

export function createNames({ clock, ledger, stored, most = MOST }: NamesDeps): Names {
  const names = new Map(stored.map(({ actor, name }) => [actor, name]));

  function forgetOldest(): void {
    const [oldest] = names;
    if (names.size < most || oldest === undefined) return;
    const [actor, name] = oldest;
    names.delete(actor);
    ledger.also({ type: 'person_forgotten', actor }, () => void names.set(actor, name));
  }

  function beside<Value>(value: Value): Value {
    if (names.size === 0 || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const shown = value.map(beside);
      return (shown.some((one, at) => one !== value[at]) ? shown : value) as Value;
    }
    const news: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(value)) {
      if (typeof one === 'string') {
        const name = FIELDS.has(key) ? names.get(one) : undefined;
        // A session and its person have their name already.
        if (name !== undefined && !(key === 'actor' && 'name' in value)) news[`${key}Name`] = name;
      } else if (!DATA.has(key)) {
        const shown = beside(one);
        if (shown !== one) news[key] = shown;
      }
    }
    return Object.keys(news).length === 0 ? value : { ...value, ...news };
  }

  return {
    learn(actor, name) {
      const before = names.get(actor);
      if (name === null || name === before || !isPerson(actor)) return;
      if (before === undefined) forgetOldest();
      names.set(actor, name);
      ledger.also({ type: 'person_named', named: { actor, name, at: clock.now() } }, () => {
        if (before === undefined) names.delete(actor);
        else names.set(actor, before);
      });
    },
    beside,
  };
}
