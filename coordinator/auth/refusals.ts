import type { SwitchyardError } from '../../shared/api/errors.ts';
import type { EventLevel } from '../../shared/model/event.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { networkOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createFew } from './few.ts';
import { STRANGER } from './principal.ts';

/** A refused request or upgrade. */
export type Refused = {
  /** Null without a valid credential. */
  actor: string | null;
  /** Whether a token or session was shown, valid or not. */
  shown: boolean;
  address: string;
  /** `PATCH /api/hosts/web1`. */
  asked: string;
  /** Id or name of its host, if it concerns one. */
  host?: string | undefined;
  refusal: SwitchyardError;
};

/**
 * Refusals as audit events: `change_refused` for callers who are known, `request_refused` for strangers. Each caller, strangers with
 * a token, and those without are counted apart: a few of each are written singly and the rest as counts, so no kind crowds out
 * the others.
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

type Kind = {
  code: string;
  level: EventLevel;
  /** Names the counted refusals. */
  more: string;
  sourceOf: (who: Who) => string;
  perMinute?: number;
};

export function createRefusals({ clock, log, ledger, hostId }: RefusalsDeps): Refusals {
  function createTeller({ code, level, more, sourceOf, perMinute }: Kind) {
    const write = (who: Who, about: string | null, message: string): void => {
      ledger.event({
        at: clock.now(),
        level,
        category: 'audit',
        ...who,
        hostId: about,
        code,
        message: message.slice(0, MESSAGE_CHARS),
      });
      ledger.commit().catch((err) => log.warn({ err, ...who }, 'a refusal could not be written'));
    };
    let last: Who = { actor: '', address: '' };
    const few = createFew({
      clock,
      onMore: (count, sources) => write(last, null, `${count} more ${more} were refused: ${sources}`),
      ...(perMinute !== undefined && { perMinute }),
    });
    return {
      tell(who: Who, { asked, host, refusal }: Refused): void {
        last = who;
        if (!few.isTold(sourceOf(who))) return;
        const about = host === undefined ? null : hostId(host);
        write(who, about, `${asked} was refused (${refusal.code}): ${refusal.message}`);
      },
      close: few.close,
    };
  }

  /** By actor. */
  const callers = new Map<string, ReturnType<typeof createTeller>>();
  function changesOf(caller: string): ReturnType<typeof createTeller> {
    const known = callers.get(caller);
    if (known) return known;
    const changes = createTeller({
      code: 'change_refused',
      level: 'warn',
      more: 'changes',
      sourceOf: ({ actor, address }) => `to ${actor} at ${networkOf(address)}`,
    });
    callers.set(caller, changes);
    return changes;
  }
  const strangers = createTeller({
    code: 'request_refused',
    level: 'warn',
    more: 'requests with an invalid token',
    sourceOf: ({ address }) => `from ${networkOf(address)}`,
  });
  // A browser asks without a session before its person signs in, so these are not warnings.
  const bare = createTeller({
    code: 'request_refused',
    level: 'info',
    more: 'requests without a token',
    sourceOf: ({ address }) => `from ${networkOf(address)}`,
    perMinute: 1,
  });
  return {
    tell(refused) {
      const { actor, address, shown } = refused;
      if (actor !== null) changesOf(actor).tell({ actor, address }, refused);
      else (shown ? strangers : bare).tell({ actor: STRANGER, address }, refused);
    },
    close() {
      for (const kind of [...callers.values(), strangers, bare]) kind.close();
    },
  };
}
