import type { Clock } from '../../shared/clock.ts';
import type { SwitchyardError } from '../../shared/errors.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createFew } from './few.ts';
import { STRANGER } from './principal.ts';

/** A refused request or upgrade. */
export type Refused = {
  /** Null if the token or session that was shown is not valid. */
  actor: string | null;
  address: string;
  /** `PATCH /api/hosts/web1`. */
  asked: string;
  /** Id or name of its host, if it concerns one. */
  host?: string | undefined;
  refusal: SwitchyardError;
};

/**
 * Refusals as audit events: `change_refused` for callers who are known, `request_refused` for strangers. A few of each are written one
 * by one and the rest are counted, so that strangers crowd out nobody.
 */
export type Refusals = { tell(refused: Refused): void; close(): void };

export type RefusalsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'event' | 'commit'>;
  /** By id or name; null if there is none. */
  hostId: (idOrName: string) => string | null;
};

const MESSAGE_CHARS = 500;

type Who = { actor: string; address: string };

export function createRefusals({ clock, log, ledger, hostId }: RefusalsDeps): Refusals {
  function createTold(code: string, summaryOf: (count: number, last: Who) => string) {
    const write = (who: Who, about: string | null, message: string): void => {
      ledger.event({
        at: clock.now(),
        level: 'warn',
        category: 'audit',
        ...who,
        hostId: about,
        code,
        message: message.slice(0, MESSAGE_CHARS),
      });
      ledger.commit().catch((err) => log.warn({ err, ...who }, 'a refusal could not be written'));
    };
    let last: Who = { actor: '', address: '' };
    const few = createFew({ clock, onMore: (count) => write(last, null, summaryOf(count, last)) });
    return {
      tell(who: Who, { asked, host, refusal }: Refused): void {
        last = who;
        if (!few.isTold()) return;
        const about = host === undefined ? null : hostId(host);
        write(who, about, `${asked} was refused (${refusal.code}): ${refusal.message}`);
      },
      close: few.close,
    };
  }

  const changes = createTold(
    'change_refused',
    (count, { actor, address }) => `${count} more changes were refused, the last to ${actor} at ${address}`,
  );
  const strangers = createTold(
    'request_refused',
    (count, { address }) => `${count} more requests with an invalid token were refused, the last from ${address}`,
  );
  return {
    tell(refused) {
      const { actor, address } = refused;
      if (actor === null) strangers.tell({ actor: STRANGER, address }, refused);
      else changes.tell({ actor, address }, refused);
    },
    close() {
      changes.close();
      strangers.close();
    },
  };
}
