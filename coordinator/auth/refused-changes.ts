import type { Clock } from '../../shared/clock.ts';
import type { SwitchyardError } from '../../shared/errors.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createFew } from './few.ts';

/** A change that a caller with a valid token asked for and was refused. */
export type RefusedChange = {
  actor: string;
  address: string;
  /** `PATCH /api/hosts/web1`. */
  asked: string;
  /** Id or name of its host, if it concerns one. */
  host: string | undefined;
  refusal: SwitchyardError;
};

/** Refused changes as audit events. A few a minute are written one by one; the rest are counted. */
export type RefusedChanges = { tell(refused: RefusedChange): void; close(): void };

export type RefusedChangesDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'event' | 'commit'>;
  /** By id or name; null where there is none. */
  hostId: (idOrName: string) => string | null;
};

const MESSAGE_CHARS = 500;

export function createRefusedChanges({ clock, log, ledger, hostId }: RefusedChangesDeps): RefusedChanges {
  const write = (who: { actor: string; address: string }, about: string | null, message: string): void => {
    ledger.event({
      ...{ at: clock.now(), level: 'warn', category: 'audit', ...who, hostId: about, commandId: null },
      ...{ code: 'change_refused', message: message.slice(0, MESSAGE_CHARS), next: null },
    });
    ledger.commit().catch((err) => log.warn({ err, ...who }, 'a refused change could not be written'));
  };
  let last = { actor: '', address: '' };
  const few = createFew({
    clock,
    onMore: (count) =>
      write(last, null, `${count} more changes were refused, the last to ${last.actor} at ${last.address}`),
  });
  return {
    tell({ actor, address, asked, host, refusal }) {
      last = { actor, address };
      if (!few.isTold()) return;
      write(
        last,
        host === undefined ? null : hostId(host),
        `${asked} was refused (${refusal.code}): ${refusal.message}`,
      );
    },
    close: few.close,
  };
}
