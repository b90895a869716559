import type { WaitingReason } from '../../shared/enrolment.ts';
import { fitsGlob } from '../../shared/glob.ts';
import type { Enrolment } from '../store/records.ts';

/** The facts behind the answer to an agent that asks to enrol. */
export type EnrolFacts = {
  now: number;
  enrolment: Pick<Enrolment, 'id' | 'names' | 'maxUses' | 'uses' | 'expiresAt' | 'approve'>;
  hostname: string;
  /** The host that enrolled with this `stateId`. */
  own: { hostId: string; enrolmentId: string; isProven: boolean; isOnline: boolean } | null;
  /** The host that has this name. */
  named: { hostId: string } | null;
  /** A person's decision on this very agent. */
  decision: { kind: 'approved'; hostId: string | null } | { kind: 'refused' } | null;
};

export type EnrolVerdict =
  | { kind: 'refused'; why: string }
  | { kind: 'new' }
  /** The known host gets a new token; `isSame`: the agent proved that it is this host. */
  | { kind: 'known'; hostId: string; isSame: boolean }
  | { kind: 'waits'; reason: WaitingReason; hostId: string | null };

/**
 * Who enrols as what (docs/protocol.md section 10).
 * V1 Only the secret of a state, or a person, gives an agent a host that is known.
 * V2 A host that comes again with its secret needs no further use of the token that it enrolled with: its answer may have been lost.
 * V3 No token enrols beyond its names, uses or time, whatever a person decided.
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

/** An approval is for the host that the person was shown, and for no other. */
const approvedFor = (decision: EnrolFacts['decision'], hostId: string): boolean =>
  decision?.kind === 'approved' && decision.hostId === hostId;
