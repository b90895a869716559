import type { Damage } from '../damage.ts';
import { DAMAGED, damageMessage } from '../damage.ts';
import type { Database } from './database.ts';

export type Damages = {
  found(damage: Damage): void;
  /** Reports every damage once, including earlier finds, unless its event already exists. */
  onFound(tell: (damage: Damage) => void): void;
};

export function createDamages({ ask }: Pick<Database, 'ask'>): Damages {
  const told = new Set<string>();
  const waiting: Damage[] = [];
  let tell: ((damage: Damage) => void) | null = null;

  async function isTold(damage: Damage): Promise<boolean> {
    const { table, id, hostId } = damage;
    const events = await ask({
      sql: `SELECT 1 FROM events WHERE command_id IS NOT DISTINCT FROM $commandId::text
        AND host_id IS NOT DISTINCT FROM $hostId::text AND code = '${DAMAGED}' AND message = $message LIMIT 1`,
      bound: { commandId: table === 'commands' ? id : null, hostId, message: damageMessage(damage) },
    });
    return events.length > 0;
  }

  const say = (damage: Damage): void => {
    if (tell) tell(damage);
    else waiting.push(damage);
  };

  return {
    found(damage) {
      const key = damageMessage(damage);
      if (told.has(key)) return;
      told.add(key);
      if (damage.lostFrom !== null) return say(damage);
      // If that is unknown, the damage is reported again, which is better than never.
      void isTold(damage).then(
        (known) => known || say(damage),
        () => say(damage),
      );
    },
    onFound(teller) {
      tell = teller;
      for (const damage of waiting.splice(0)) teller(damage);
    },
  };
}
