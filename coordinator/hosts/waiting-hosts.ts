import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { EnrolBody, WaitingHost, WaitingReason } from '../../shared/model/enrolment.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { createFew } from '../auth/few.ts';
import type { Log } from '../config/log.ts';
import type { Feed } from '../engine/changes.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { StoredWaitingHost } from '../store/records.ts';
import { createWaitingRows } from './waiting-rows.ts';

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

export function createWaitingHosts({ clock, log, ledger, feed, stored, nameOf }: WaitingHostsDeps): WaitingHosts {
  const waiting = createWaitingRows({
    clock,
    log,
    ledger,
    stored,
    onChange: () => feed.publish([{ type: 'attention' }]),
  });

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

  return {
    list: () => waiting.all().map((one) => viewOf(one, waiting.askedAt(one))),
    of: waiting.find,
    asks({ hostname, platform, stateId, enrolmentId, secretHash, address, reason, hostId }) {
      const before = waiting.find(stateId, secretHash);
      const asked = { enrolmentId, hostname, platform, address, stateId, secretHash, reason, hostId };
      if (before) {
        waiting.asked(before.id);
        const isSame = before.reason === reason && before.hostId === hostId && before.hostname === hostname;
        if (isSame && before.enrolmentId === enrolmentId) return before;
      } else {
        const ofSame = waiting.all().filter((one) => one.enrolmentId === enrolmentId);
        if (waiting.all().length >= MAX_WAITING || ofSame.length >= MAX_PER_ENROLMENT)
          throw new SwitchyardError('limit_reached', 'Too many hosts wait for a person already');
      }
      const since = before?.since ?? clock.now();
      const one: StoredWaitingHost = { ...asked, id: before?.id ?? newId(), since, decision: null, decidedBy: null };
      waiting.asked(one.id);
      waiting.put(one);
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
      const one = waiting.find(stateId, secretHash);
      if (one) waiting.drop([one]);
    },
    async decide(id, decision, actor) {
      const one = waiting.get(id);
      if (!one) throw new SwitchyardError('unknown_waiting_host', `No host waits under the id "${id}"`);
      waiting.put({ ...one, decision, decidedBy: actor });
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
      waiting.drop(waiting.all().filter((one) => one.enrolmentId === enrolmentId));
    },
    attention: () => waiting.all().flatMap((one) => itemOf(one, nameOf) ?? []),
    close() {
      waiting.close();
      few.close();
    },
  };
}

const viewOf = ({ secretHash: _, ...view }: StoredWaitingHost, askedAt: number): WaitingHost => ({ ...view, askedAt });

/** Null once a person has decided. */
const itemOf = (one: StoredWaitingHost, nameOf: (hostId: string) => string): AttentionItem | null =>
  one.decision !== null
    ? null
    : {
        kind: one.reason === 'approval' ? 'enrolment_approval' : 'enrolment_conflict',
        hostId: one.hostId,
        commandId: null,
        rolloutId: null,
        since: one.since,
        lapsesAt: null,
        message: `${reasonWords(one, nameOf)}: approve or refuse it`,
      };

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
