import type { Clock } from '../../shared/time/clock.ts';
import { createEnrolments, type Enrolments } from '../auth/enrolments.ts';
import type { Log } from '../config/log.ts';
import type { Feed } from '../engine/changes.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Start } from '../store/start.ts';
import { createEnrol, type Enrol } from './enrol.ts';
import type { Registry } from './registry.ts';
import type { Roster } from './roster.ts';
import { createWaitingHosts, type WaitingHosts } from './waiting-hosts.ts';

/** The parts of enrolment. */
export type Enrolment = { enrolments: Enrolments; waitingHosts: WaitingHosts; enrol: Enrol; close(): void };

export type EnrolmentDeps = {
  clock: Clock;
  log: Log;
  ledger: Ledger;
  feed: Feed;
  registry: Registry;
  roster: Roster;
  sessions: Sessions;
  start: Pick<Start, 'enrolments' | 'enrolledStates' | 'waitingHosts'>;
};

export function createEnrolment({
  clock,
  log,
  ledger,
  feed,
  registry,
  roster,
  sessions,
  start,
}: EnrolmentDeps): Enrolment {
  const enrolments = createEnrolments({ clock, log, ledger, stored: start.enrolments });
  const nameOf = (hostId: string): string => roster.byId(hostId)?.name ?? hostId;
  const waitingHosts = createWaitingHosts({ clock, log, ledger, feed, stored: start.waitingHosts, nameOf });
  enrolments.removed.listen(waitingHosts.dropAllOf);
  const enrol = createEnrol({
    clock,
    log,
    ledger,
    enrolments,
    waiting: waitingHosts,
    registry,
    roster,
    sessions,
    stored: start.enrolledStates,
  });
  return {
    enrolments,
    waitingHosts,
    enrol,
    close() {
      enrolments.close();
      waitingHosts.close();
      enrol.close();
    },
  };
}
