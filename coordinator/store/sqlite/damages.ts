import type { DatabaseSync } from 'node:sqlite';
import type { Damage } from '../damage.ts';
import { DAMAGED, damageMessage } from '../damage.ts';

export type Damages = {
  found(damage: Damage): void;
  /** Reports every damage once, including earlier finds, but not one whose event exists already. */
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
