import { SwitchyardError } from '../../shared/api/errors.ts';
import type { HostToken } from '../../shared/api/resources.ts';
import type { EnrolBody, EnrolWaits } from '../../shared/model/enrolment.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Enrolments } from '../auth/enrolments.ts';
import { createRate } from '../auth/rate.ts';
import { hashToken } from '../auth/tokens.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { EnrolledState, Enrolment } from '../store/records.ts';
import { createEnrolEvents } from './enrol-events.ts';
import { type EnrolFacts, enrolVerdict } from './enrol-verdict.ts';
import { createEnrolledStates } from './enrolled-states.ts';
import type { Registry } from './registry.ts';
import type { Roster } from './roster.ts';
import { reasonWords, type WaitingHosts } from './waiting-hosts.ts';

/**
 * Gives hosts their tokens for an enrolment token (docs/protocol.md section 10).
 * O1 Host, state, use and events are written in one turn. The answer with the token leaves once they are durable.
 * O2 A lost answer loses nothing: the host proves its state and gets another token.
 * O3 The holder of an enrolment token is a stranger. Its entries and its requests are bounded.
 */
export type Enrol = {
  /**
   * Answers an agent that holds this enrolment's token. Throws `enrolment_refused`, `enrolment_conflict`, `rate_limited`,
   * `limit_reached`.
   */
  ask(enrolmentId: string, body: EnrolBody, address: string): Promise<HostToken | EnrolWaits>;
  close(): void;
};

export type EnrolDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  enrolments: Pick<Enrolments, 'byId' | 'use'>;
  waiting: Pick<WaitingHosts, 'of' | 'asks' | 'enrolled'>;
  registry: Pick<Registry, 'add' | 'rotateToken'>;
  roster: Pick<Roster, 'byId' | 'find'>;
  sessions: Pick<Sessions, 'isOnline'>;
  stored: readonly EnrolledState[];
};

/** Requests per minute and enrolment: enough for a hundred waiting hosts and many new ones. */
const MAX_ASKED = 300;

export function createEnrol(deps: EnrolDeps): Enrol {
  const { clock, log, ledger, enrolments, waiting, registry, roster, sessions, stored } = deps;
  const states = createEnrolledStates({ ledger, isThere: (hostId) => roster.byId(hostId) !== null, stored });
  const rate = createRate(clock, MAX_ASKED);

  const events = createEnrolEvents({ clock, log, ledger });

  function factsOf(enrolment: Enrolment, { hostname, stateId }: EnrolBody, secretHash: string): EnrolFacts {
    const own = states.of(stateId);
    const named = roster.find(hostname);
    const asked = waiting.of(stateId, secretHash);
    // A person approved what they were shown: this name, with the tags of this enrolment.
    const isAsShown = asked?.hostname === hostname && asked.enrolmentId === enrolment.id;
    return {
      now: clock.now(),
      enrolment,
      hostname,
      own: own && {
        hostId: own.hostId,
        enrolmentId: own.enrolmentId,
        isProven: own.secretHash === secretHash,
        isOnline: sessions.isOnline(own.hostId),
      },
      named: named && { hostId: named.id },
      decision:
        asked?.decision === 'approved' && isAsShown
          ? { kind: 'approved', hostId: asked.hostId }
          : asked?.decision === 'refused'
            ? { kind: 'refused' }
            : null,
    };
  }

  return {
    async ask(enrolmentId, body, address) {
      const enrolment = enrolments.byId(enrolmentId);
      if (!enrolment) throw new SwitchyardError('unauthorized', 'The enrolment is gone');
      const wait = rate.over(enrolmentId);
      if (wait !== null)
        throw new SwitchyardError('rate_limited', `Too many hosts ask with this token; wait ${wait} s`);
      const { hostname, platform, stateId } = body;
      const secretHash = hashToken(body.stateSecret);
      const verdict = enrolVerdict(factsOf(enrolment, body, secretHash));
      switch (verdict.kind) {
        case 'refused': {
          const message = `${hostname} at ${address} may not enrol: ${verdict.why}`;
          await events.refused(message);
          throw new SwitchyardError('enrolment_refused', message);
        }
        case 'waits': {
          const { reason, hostId } = verdict;
          const asked = { enrolmentId, hostname, platform, stateId, secretHash, address, reason, hostId };
          const { id } = waiting.asks(asked);
          await ledger.commit();
          const message = reasonWords(
            { hostname, address, reason, hostId },
            (known) => roster.byId(known)?.name ?? known,
          );
          if (reason !== 'approval') throw new SwitchyardError('enrolment_conflict', `${message}. A person decides`);
          return { waitingId: id, message };
        }
        case 'new':
          return registry.add({ name: hostname, tags: enrolment.tags }, 'system', (hostId) => {
            enrolments.use(enrolmentId);
            states.keep({ hostId, stateId, secretHash, enrolmentId });
            waiting.enrolled(stateId, secretHash);
            events.enrolled(
              hostId,
              `${hostname} enrolled, with the enrolment ${enrolmentId} of ${enrolment.createdBy}`,
            );
          });
        case 'known': {
          const { hostId, isSame } = verdict;
          const name = roster.byId(hostId)?.name ?? hostname;
          if (!isSame || states.ofHost(hostId)?.enrolmentId !== enrolmentId) enrolments.use(enrolmentId);
          states.keep({ hostId, stateId, secretHash, enrolmentId });
          waiting.enrolled(stateId, secretHash);
          const how = isSame ? 'with the secret of its state' : 'as a person approved';
          const isTold = !isSame || events.isAgainTold(name);
          if (isTold) events.enrolled(hostId, `${name} enrolled again, ${how}, with the enrolment ${enrolmentId}`);
          const { token } = await registry.rotateToken(hostId, 'system', 0, isTold);
          return { hostId, name, token };
        }
      }
    },
    close: events.close,
  };
}
