import type { Clock } from '../../shared/time/clock.ts';
import { networkOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createFew } from './few.ts';
import { STRANGER } from './principal.ts';

/** The events of failed sign-ins. A few per minute are written singly; the rest are counted. */
export type FailedSignIns = {
  /** Resolves once it is stored or counted. */
  failed(address: string, why: string): Promise<void>;
  close(): void;
};

export type FailedSignInsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'event' | 'commit'>;
};

export function createFailedSignIns({ clock, log, ledger }: FailedSignInsDeps): FailedSignIns {
  const tell = (address: string, message: string): void =>
    ledger.event({
      at: clock.now(),
      level: 'warn',
      category: 'audit',
      actor: STRANGER,
      address,
      code: 'sign_in_failed',
      message,
    });
  let last = '';
  const few = createFew({
    clock,
    onMore(count, sources) {
      tell(last, `${count} more sign-ins failed: ${sources}`);
      ledger.commit().catch((err) => log.warn({ err }, 'failed sign-ins could not be written'));
    },
  });
  return {
    async failed(address, why) {
      last = address;
      if (!few.isTold(`from ${networkOf(address)}`)) return;
      tell(address, `A sign-in from ${address} failed: ${why}`);
      await ledger.commit().catch((err) => log.warn({ err, address }, 'a failed sign-in could not be written'));
    },
    close: few.close,
  };
}
