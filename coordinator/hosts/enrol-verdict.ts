import type { WaitingReason } from '../../shared/model/enrolment.ts';
import { fitsGlob } from '../../shared/text/glob.ts';
import type { Enrolment } from '../store/records.ts';

/** The facts that decide an agent's request to enrol. */
export type EnrolFacts = {
  now: number;
  enrolment: Pick<Enrolment, 'id' | 'names' | 'maxUses' | 'uses' | 'expiresAt' | 'approve'>;
  hostname: string;
  /** The host that enrolled with this `stateId`. */
  own: { hostId: string; enrolmentId: string; isProven: boolean; isOnline: boolean } | null;
  /** The host of this name. */
  named: { hostId: string } | null;
  /** A person's decision about this very agent. */
  decision: { kind: 'approved'; hostId: string | null } | { kind: 'refused' } | null;
};

export type EnrolVerdict =
  | { kind: 'refused'; why: string }
  | { kind: 'new' }
  /** The known host gets a new token; `isSame`: the agent proved that it is this host. */
  | { kind: 'known'; hostId: string; isSame: boolean }
  | { kind: 'waits'; reason: WaitingReason; hostId: string | null };

/**
 * Decides which host an agent enrols as (docs/protocol.md section 10).
 * V1 Only a state's secret, or a person, gives an agent a known host.
 * V2 A host that returns with its secret costs no further use of its token, because the first answer may have been lost.
 * V3 No token enrols beyond its names, uses or time, whatever a person decides.
 */
export function enrolVerdict({ now, enrolment, hostname, own, named, decision }: EnrolFacts): EnrolVerdict {
  const { id, names, maxUses, uses, expiresAt, approve } = enrolment;
  if (expiresAt !== null && expiresAt <= now) return { kind: 'refused', why: 'the enrolment token has expired' };
  if (names !== null && !names.some((glob) => fitsGlob(glob, hostname)))
    return { kind: 'refused', why: `the enrolment token is for hosts named ${names.join(' or ')}, not ${hostname}` };
  if (decision?.kind === 'refused') return { kind: 'refused', why: 'a person refused it' };

  const isUsedUp = maxUses !== null && uses >= maxUses;
  const isSame = own?.isProven === true;
  if (isUsedUp && !(isSame && own.enrolmentId === id))
    return { kind: 'refused', why: 'the enrolment token is used up' };
  if (own && isSame && !own.isOnline) return { kind: 'known', hostId: own.hostId, isSame };
  if (own)
    return approvedFor(decision, own.hostId)
      ? { kind: 'known', hostId: own.hostId, isSame }
      : { kind: 'waits', reason: isSame ? 'online' : 'other_secret', hostId: own.hostId };
  if (named)
    return approvedFor(decision, named.hostId)
      ? { kind: 'known', hostId: named.hostId, isSame }
      : { kind: 'waits', reason: 'name_taken', hostId: named.hostId };
  if (approve && decision === null) return { kind: 'waits', reason: 'approval', hostId: null };
  return { kind: 'new' };
}

/** An approval covers only the host that the person saw. */
const approvedFor = (decision: EnrolFacts['decision'], hostId: string): boolean =>
  decision?.kind === 'approved' && decision.hostId === hostId;
