import type { TSchema } from 'typebox';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import type { Status } from '../../shared/model/command.ts';

/** An unreadable row. It stays as it is, for a person who may repair it. */
export type Damage = {
  table: 'commands' | 'hosts' | 'dispatches' | 'rollouts';
  id: string;
  hostId: string | null;
  /** Its status when the start gave it up and made it LOST; null if its status stays. */
  lostFrom: Status | null;
  /** Only its status was damaged, and the rest of the row gave it back. */
  mended?: boolean;
};

export const DAMAGED = 'damaged_record';

export const damageMessage = ({ table, id, mended = false }: Pick<Damage, 'table' | 'id' | 'mended'>): string =>
  mended
    ? `The status of the stored record ${id} in ${table} was damaged; the rest of the record gave it back.`
    : `The stored record ${id} in ${table} is damaged: only its plain columns can be read.`;

/** A stored word, or the replacement for one that is not in `words`. */
export const wordOr = <Word extends string, Other>(words: readonly Word[], word: string, other: Other): Word | Other =>
  words.find((known) => known === word) ?? other;

/** A reader of a JSON column; null if it is not JSON of that shape. */
export function jsonReader<Value>(schema: TSchema): (text: string | null) => Value | null {
  const shape = lazyValidator(shapeOf(schema));
  return (text) => {
    if (text === null) return null;
    try {
      const value: unknown = JSON.parse(text);
      return shape().Check(value) ? (value as Value) : null;
    } catch {
      return null;
    }
  };
}

/** Keywords that bound a value on the wire. The bounds may be narrower now than when the row was written. */
const BOUNDS: ReadonlySet<string> = new Set(['pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems']);

/** The schema without its bounds: a row that an earlier version wrote is not damaged. */
const shapeOf = (schema: TSchema): TSchema =>
  JSON.parse(JSON.stringify(schema, (key, value) => (BOUNDS.has(key) ? undefined : value)));
