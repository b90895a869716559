import type { Clock } from '../../shared/clock.ts';
import type { EnrolBody, EnrolWaits } from '../../shared/enrolment.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { HostToken } from '../../shared/resources.ts';
import type { Enrolments } from '../auth/enrolments.ts';
import { createFew } from '../auth/few.ts';
import { createRate } from '../auth/rate.ts';
import { hashToken } from '../auth/tokens.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { EnrolledState, Enrolment } from '../store/records.ts';
import { type EnrolFacts, enrolVerdict } from './enrol-verdict.ts';
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
  const byState = new Map(stored.map((one) => [one.stateId, one]));
  const byHost = new Map(stored.map((one) => [one.hostId, one]));
  const rate = createRate(clock, MAX_ASKED);

  const tell = (code: string, hostId: string | null, message: string, next: string | null = null): void =>
    ledger.event({
      at: clock.now(),
      level: code === 'host_enrolled' ? 'info' : 'warn',
      category: 'audit',
      actor: 'system',
      hostId,
      code,
      message,
      next,
    });

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

  function sumUp(message: string): void {
    tell('enrolment_repeated', null, message);
    ledger.commit().catch((err) => log.warn({ err }, 'the counts of repeated enrolments could not be written'));
  }

  async function refuse(message: string): Promise<never> {
    lastRefusal = message;
    if (refusals.isTold()) {
      tell('enrolment_refused', null, message);
      await ledger.commit().catch((err) => log.warn({ err }, 'a refused host could not be written'));
    }
    throw new SwitchyardError('enrolment_refused', message);
  }

  /** Makes the state this host's, in place of an earlier one. */
  function keepState(state: EnrolledState): void {
    const before = byHost.get(state.hostId);
    const undo = (): void => {
      byState.delete(state.stateId);
      if (before) {
        byState.set(before.stateId, before);
        byHost.set(before.hostId, before);
      } else byHost.delete(state.hostId);
    };
    if (before) byState.delete(before.stateId);
    byState.set(state.stateId, state);
    byHost.set(state.hostId, state);
    ledger.also({ type: 'host_enrolled', state }, undo);
  }

  /** Null also if this state's host was removed. */
  function ownOf(stateId: string): EnrolledState | null {
    const own = byState.get(stateId);
    if (!own || roster.byId(own.hostId)) return own ?? null;
    byState.delete(stateId);
    byHost.delete(own.hostId);
    return null;
  }

  function factsOf(enrolment: Enrolment, { hostname, stateId }: EnrolBody, secretHash: string): EnrolFacts {
    const own = ownOf(stateId);
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
        case 'refused':
          return refuse(`${hostname} at ${address} may not enrol: ${verdict.why}`);
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
            keepState({ hostId, stateId, secretHash, enrolmentId });
            waiting.enrolled(stateId, secretHash);
            tell(
              'host_enrolled',
              hostId,
              `${hostname} enrolled, with the enrolment ${enrolmentId} of ${enrolment.createdBy}`,
            );
          });
        case 'known': {
          const { hostId, isSame } = verdict;
          const name = roster.byId(hostId)?.name ?? hostname;
          if (!isSame || byHost.get(hostId)?.enrolmentId !== enrolmentId) enrolments.use(enrolmentId);
          keepState({ hostId, stateId, secretHash, enrolmentId });
          waiting.enrolled(stateId, secretHash);
          const how = isSame ? 'with the secret of its state' : 'as a person approved';
          lastAgain = name;
          // A host that can't keep its token asks for one each minute.
          const isTold = !isSame || repeats.isTold();
          if (isTold)
            tell('host_enrolled', hostId, `${name} enrolled again, ${how}, with the enrolment ${enrolmentId}`);
          const { token } = await registry.rotateToken(hostId, 'system', 0, isTold);
          return { hostId, name, token };
        }
      }
    },
    close() {
      refusals.close();
      repeats.close();
    },
  };
}
