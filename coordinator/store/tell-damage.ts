import type { Logger } from 'pino';
import type { Clock } from '../../shared/time/clock.ts';
import type { Damage } from './damage.ts';
import { DAMAGED, damageMessage } from './damage.ts';
import type { Store } from './port.ts';
import type { Write } from './write.ts';

/** Reports a damaged row to people: in the log, as an event, and in the history of a command whose outcome it destroyed. */
export function tellDamage(
  { clock, log, store }: { clock: Clock; log: Logger; store: Pick<Store, 'write'> },
  damage: Damage,
): void {
  const { table, id, hostId, lostFrom } = damage;
  const at = clock.now();
  log.error({ table, id }, damageMessage(damage));
  const told: Write[] = [
    {
      type: 'event',
      event: {
        at,
        level: 'error',
        category: 'system',
        actor: 'system',
        hostId,
        commandId: table === 'commands' ? id : null,
        code: DAMAGED,
        message: damageMessage(damage),
        next: lostFrom === null ? null : 'It is LOST; look at the host to see what it did.',
      },
    },
  ];
  if (lostFrom !== null)
    told.push({
      type: 'history',
      commandId: id,
      entry: { at, from: lostFrom, to: 'LOST', timeoutStatus: 'NORMAL', cause: DAMAGED, code: DAMAGED },
    });
  store.write([told], ([written]) => {
    if (written && 'cause' in written)
      log.error({ err: written.cause, table, id }, 'a damaged record could not be reported');
  });
}
