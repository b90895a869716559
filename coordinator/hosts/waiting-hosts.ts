import type { AttentionItem } from '../../shared/attention.ts';
import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { EnrolBody, WaitingHost, WaitingReason } from '../../shared/enrolment.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { createFew } from '../auth/few.ts';
import type { Log } from '../config/log.ts';
import type { Feed } from '../engine/changes.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { StoredWaitingHost } from '../store/records.ts';

/**
 * Hosts that ask to enrol and wait for a person's decision.
 * W1 State and secret together identify a host, so that nobody else gets what a person allowed it.
 * W2 Waiting hosts are bounded, per enrolment and in all. A host that no longer asks is forgotten.
 */
export type WaitingHosts = {
  /** In order of arrival. */
  list(): WaitingHost[];
  of(stateId: string, secretHash: string): StoredWaitingHost | null;
  /** The host asks, again or for the first time. A new reason takes back an earlier decision. Throws `limit_reached`. */
  asks(asked: Asked): StoredWaitingHost;
  /** The host has enrolled and no longer waits. */
  enrolled(stateId: string, secretHash: string): void;
  /** Throws `unknown_waiting_host`. */
  decide(id: string, decision: 'approved' | 'refused', actor: string): Promise<void>;
  /** Drops all hosts that wait for this enrolment, in the turn that removes it. */
  dropAllOf(enrolmentId: string): void;
  attention(): AttentionItem[];
  close(): void;
};

export type Asked = Pick<EnrolBody, 'hostname' | 'platform' | 'stateId'> & {
  enrolmentId: string;
  secretHash: string;
  address: string;
  reason: WaitingReason;
  hostId: string | null;
};

export type WaitingHostsDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit' | 'afterCommit'>;
  feed: Pick<Feed, 'publish'>;
  stored: readonly StoredWaitingHost[];
  nameOf: (hostId: string) => string;
};

const MAX_WAITING = 1_000;
/** Keeps one leaked token from pushing out other enrolments' hosts. */
const MAX_PER_ENROLMENT = 100;
const SWEEP_EVERY_MS = 3_600_000;
/** An agent asks every minute. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

export function createWaitingHosts({ clock, log, ledger, feed, stored, nameOf }: WaitingHostsDeps): WaitingHosts {
  const waiting = new Map(stored.map((one) => [one.id, one]));
  /** When each host last asked. In memory only, so a restart gives each its full time again. */
  const askedAt = new Map(stored.map(({ id }) => [id, clock.now()]));

  let last = '';
  /** Bounds the events of hosts that wait already: a token's holder may change their names again and again. */
  const few = createFew({
    clock,
    onMore(count) {
      tell(
        'enrolment_repeated',
        'system',
        null,
        `${count} more times: waiting hosts changed their requests, the last: ${last}`,
        null,
      );
      ledger.commit().catch((err) => log.warn({ err }, "waiting hosts' changes could not be written"));
    },
  });

  const changed = (): void => feed.publish([{ type: 'attention' }]);
  const find = (stateId: string, secretHash: string): StoredWaitingHost | null =>
    [...waiting.values()].find((one) => one.stateId === stateId && one.secretHash === secretHash) ?? null;

  function put(one: StoredWaitingHost): void {
    const before = waiting.get(one.id);
    waiting.set(one.id, one);
    ledger.also({ type: 'host_waits', waiting: one }, () => {
      if (before) waiting.set(one.id, before);
      else waiting.delete(one.id);
    });
    ledger.afterCommit(changed);
  }

  function drop(one: StoredWaitingHost): void {
    waiting.delete(one.id);
    ledger.also({ type: 'host_waits_no_more', id: one.id }, () => void waiting.set(one.id, one));
    ledger.afterCommit(changed);
  }

  const tell = (code: string, actor: string, hostId: string | null, message: string, next: string | null): void =>
    ledger.event({
      at: clock.now(),
      level: code === 'enrolment_conflict' ? 'warn' : 'info',
      category: 'audit',
      actor,
      hostId,
      code,
      message,
      next,
    });

  function sweep(): void {
    const before = clock.now() - FORGOTTEN_AFTER_MS;
    const gone = [...waiting.values()].filter(({ id }) => (askedAt.get(id) ?? 0) < before);
    for (const one of gone) {
      drop(one);
      askedAt.delete(one.id);
    }
    if (gone.length > 0) ledger.commit().catch((err) => log.warn({ err }, 'waiting hosts could not be deleted'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  return {
    list: () => [...waiting.values()].map((one) => viewOf(one, askedAt.get(one.id) ?? one.since)),
    of: find,
    asks({ hostname, platform, stateId, enrolmentId, secretHash, address, reason, hostId }) {
      const before = find(stateId, secretHash);
      const asked = { enrolmentId, hostname, platform, address, stateId, secretHash, reason, hostId };
      if (before) {
        askedAt.set(before.id, clock.now());
        const isSame = before.reason === reason && before.hostId === hostId && before.hostname === hostname;
        if (isSame && before.enrolmentId === enrolmentId) return before;
      } else {
        const ofSame = [...waiting.values()].filter((one) => one.enrolmentId === enrolmentId);
        if (waiting.size >= MAX_WAITING || ofSame.length >= MAX_PER_ENROLMENT)
          throw new SwitchyardError('limit_reached', 'Too many hosts wait for a person already');
      }
      const since = before?.since ?? clock.now();
      const one: StoredWaitingHost = { ...asked, id: before?.id ?? newId(), since, decision: null, decidedBy: null };
      askedAt.set(one.id, clock.now());
      put(one);
      last = hostname;
      const code = reason === 'approval' ? 'enrolment_waits' : 'enrolment_conflict';
      if (!before || few.isTold())
        tell(
          code,
          'system',
          hostId,
          `${reasonWords(one, nameOf)} (state ${stateId})`,
          'a person approves or refuses it',
        );
      return one;
    },
    enrolled(stateId, secretHash) {
      const one = find(stateId, secretHash);
      if (!one) return;
      drop(one);
      askedAt.delete(one.id);
    },
    async decide(id, decision, actor) {
      const one = waiting.get(id);
      if (!one) throw new SwitchyardError('unknown_waiting_host', `No host waits under the id "${id}"`);
      put({ ...one, decision, decidedBy: actor });
      const code = decision === 'approved' ? 'enrolment_approved' : 'enrolment_refused';
      const next = decision === 'approved' ? 'its agent asks again within a minute' : null;
      tell(
        code,
        actor,
        one.hostId,
        `${one.hostname} (state ${one.stateId}) was ${decision}: ${reasonWords(one, nameOf)}`,
        next,
      );
      await ledger.commit();
    },
    dropAllOf(enrolmentId) {
      for (const one of [...waiting.values()]) {
        if (one.enrolmentId !== enrolmentId) continue;
        waiting.delete(one.id);
        // The enrolment's row takes this one along.
        ledger.also({ type: 'host_waits_no_more', id: one.id }, () => void waiting.set(one.id, one));
      }
      ledger.afterCommit(changed);
    },
    attention: () =>
      [...waiting.values()].flatMap((one): AttentionItem[] =>
        one.decision !== null
          ? []
          : [
              {
                kind: one.reason === 'approval' ? 'enrolment_approval' : 'enrolment_conflict',
                hostId: one.hostId,
                commandId: null,
                rolloutId: null,
                since: one.since,
                lapsesAt: null,
                message: `${reasonWords(one, nameOf)}: approve or refuse it`,
              },
            ],
      ),
    close() {
      clock.clearTimeout(timer);
      few.close();
    },
  };
}

const viewOf = ({ secretHash: _, ...view }: StoredWaitingHost, askedAt: number): WaitingHost => ({ ...view, askedAt });

/** Says why a host waits. */
export function reasonWords(
  { hostname, address, reason, hostId }: Pick<StoredWaitingHost, 'hostname' | 'address' | 'reason' | 'hostId'>,
  nameOf: (hostId: string) => string,
): string {
  const who = `${hostname} at ${address}`;
  const known = hostId === null ? hostname : nameOf(hostId);
  switch (reason) {
    case 'approval':
      return `${who} asks to enrol`;
    case 'name_taken':
      return `${who} asks to enrol, but a host has this name`;
    case 'online':
      return `${who} asks to enrol with the state of ${known}, which is online: it may be a copy of its disk`;
    case 'other_secret':
      return `${who} asks to enrol with the state of ${known}, and can't prove that it is that host`;
  }
}
