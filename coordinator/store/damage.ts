import type { DatabaseSync } from 'node:sqlite';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Status } from '../../shared/command.ts';

/** One row that cannot be read; the row itself stays as it is, for a person who may mend it. */
export type Damage = {
  table: 'commands' | 'hosts' | 'dispatches';
  id: string;
  hostId: string | null;
  /** What it was when the start gave it up and made it LOST; null where its status stays. */
  lostFrom: Status | null;
};

export const DAMAGED = 'damaged_record';

export const damageMessage = ({ table, id }: Pick<Damage, 'table' | 'id'>): string =>
  `The stored record ${id} in ${table} is damaged: only what its plain columns hold is known.`;

export type Damages = {
  found(damage: Damage): void;
  /** Tells every damage once, also those found before and not those whose event is there already. */
  onFound(tell: (damage: Damage) => void): void;
};

export function createDamages(db: DatabaseSync): Damages {
  const known = db.prepare(
    `SELECT 1 FROM events WHERE command_id IS $commandId AND host_id IS $hostId AND code = '${DAMAGED}' AND message = $message`,
  );
  const told = new Set<string>();
  const waiting: Damage[] = [];
  let tell: ((damage: Damage) => void) | null = null;

  const isTold = (damage: Damage): boolean => {
    const { table, id, hostId } = damage;
    const message = damageMessage(damage);
    return known.get({ commandId: table === 'commands' ? id : null, hostId, message }) !== undefined;
  };

  return {
    found(damage) {
      const key = damageMessage(damage);
      if (told.has(key)) return;
      told.add(key);
      if (damage.lostFrom === null && isTold(damage)) return;
      if (tell) tell(damage);
      else waiting.push(damage);
    },
    onFound(teller) {
      tell = teller;
      for (const damage of waiting.splice(0)) teller(damage);
    },
  };
}

/** A reader of a JSON column: null where it is not JSON of that shape. */
export function jsonReader<Value>(schema: TSchema): (text: string | null) => Value | null {
  const shape = Compile(shapeOf(schema));
  return (text) => {
    if (text === null) return null;
    try {
      const value: unknown = JSON.parse(text);
      return shape.Check(value) ? (value as Value) : null;
    } catch {
      return null;
    }
  };
}

/** What bounds a value on the wire, and may be narrower now than when a row was written. */
const BOUNDS: ReadonlySet<string> = new Set(['pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems']);

/** The schema without its bounds: a row that an earlier version wrote is not damaged. */
const shapeOf = (schema: TSchema): TSchema =>
  JSON.parse(JSON.stringify(schema, (key, value) => (BOUNDS.has(key) ? undefined : value)));
