import type { Clock } from '../../shared/time/clock.ts';
import { createFew } from '../auth/few.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';

/** The events of enrolling. The first few refusals and repeated enrolments are written singly; the rest are counted. */
export type EnrolEvents = {
  enrolled(hostId: string, message: string): void;
  /** Whether this host's repeated enrolment gets an event of its own; a host that can't keep its token asks for one each minute. */
  isAgainTold(name: string): boolean;
  /** Resolves once it is stored or counted. */
  refused(message: string): Promise<void>;
  close(): void;
};

export type EnrolEventsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'event' | 'commit'>;
};

export function createEnrolEvents({ clock, log, ledger }: EnrolEventsDeps): EnrolEvents {
  const tell = (level: 'info' | 'warn', code: string, hostId: string | null, message: string): void =>
    ledger.event({ at: clock.now(), level, category: 'audit', actor: 'system', hostId, code, message });

  function sumUp(message: string): void {
    tell('warn', 'enrolment_repeated', null, message);
    ledger.commit().catch((err) => log.warn({ err }, 'the counts of repeated enrolments could not be written'));
  }

  let lastRefusal = '';
  const refusals = createFew({
    clock,
    onMore: (count) => sumUp(`${count} more hosts were refused, the last: ${lastRefusal}`),
  });
  let lastAgain = '';
  const repeats = createFew({
    clock,
    onMore: (count) => sumUp(`${count} more times: hosts enrolled again, the last: ${lastAgain}`),
  });

  return {
    enrolled: (hostId, message) => tell('info', 'host_enrolled', hostId, message),
    isAgainTold(name) {
      lastAgain = name;
      return repeats.isTold();
    },
    async refused(message) {
      lastRefusal = message;
      if (!refusals.isTold()) return;
      tell('warn', 'enrolment_refused', null, message);
      await ledger.commit().catch((err) => log.warn({ err }, 'a refused host could not be written'));
    },
    close() {
      refusals.close();
      repeats.close();
    },
  };
}
