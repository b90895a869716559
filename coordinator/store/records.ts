import { type Static, Type } from 'typebox';
import type { EnrolmentView, WaitingHost } from '../../shared/model/enrolment.ts';
import type { Grant } from '../../shared/model/grant.ts';
import type { AdvertisedOp, Maintenance, Os } from '../../shared/model/host.ts';
import type { Notice } from '../../shared/model/notify.ts';
import type { Metrics, Report } from '../../shared/model/report.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import { Nullable, Time } from '../../shared/schema.ts';

/** Records without a lifecycle. Records with one are in lifecycle/, rollout/ and shared/. */

/** The agent's last report and metrics, kept for offline hosts and restarted coordinators. */
export type LastKnown = {
  platform: PlatformName;
  os: Os;
  agentVersion: string;
  ops: readonly AdvertisedOp[];
  /** The agent's own tags, beside those set by an admin. */
  tags: readonly string[];
  /** Null if the agent sends none. */
  stateId: string | null;
  bootId: string;
  instanceId: string;
  lastSeenAt: number;
  report: Report;
  metrics: Metrics | null;
};

export type LastReport = Pick<LastKnown, 'lastSeenAt' | 'report' | 'metrics'>;

/** The part that changes with every heartbeat. `sampledAt` is the report's. */
export type LastSeen = Pick<LastKnown, 'lastSeenAt' | 'metrics'> & { sampledAt: number };

export type StoredHost = {
  id: string;
  /** Literal: "Web1" is not "web1". */
  name: string;
  tags: readonly string[];
  createdAt: number;
  /** Set by a person; null if nobody set it. */
  maintenance: Maintenance | null;
  /** Null until the first hello. */
  known: LastKnown | null;
};

/** `id` is the host’s. */
export type FormerToken = { id: string; until: number };

/** An answer kept for its Idempotency-Key; a key is one actor's own. */
export type KeptAnswer = {
  actor: string;
  key: string;
  /** Tells the same request from another one with the same key. */
  bodyHash: string;
  /** HTTP status and JSON text of the answer, given again as they were. */
  status: number;
  answer: string;
  at: number;
};

/** How long an answer counts for its key (docs/protocol.md section 3, Idempotency-Key). */
export const KEPT_ANSWER_MS = 24 * 3_600_000;

/** The state of `[policies.NAME]` (docs/rollouts.md, Policies). */
export type StoredPolicy = {
  readonly name: string;
  readonly paused: boolean;
  /** Cron times up to this one are dealt with. */
  readonly handledAt: number;
  /** The newest of the target's commits dealt with. */
  readonly commit: string | null;
  readonly lastRunAt: number | null;
  readonly rolloutId: string | null;
};

/** A person's session; `id` says nothing of the cookie that opens it. */
export type SignIn = {
  readonly id: string;
  readonly actor: string;
  /** Where it was opened from. */
  readonly address: string;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Null for a session opened with a token. */
  readonly person: SignedInPerson | null;
};

/** A person signed in through an identity provider, by the provider's last description. */
export const SignedInPerson = Type.Object({
  issuer: Type.String(),
  clientId: Type.String(),
  /** The name to show. */
  name: Nullable(Type.String()),
  /** Groups with a grant in CONFIG. */
  groups: Type.Array(Type.String()),
  /** When the provider was last asked. */
  askedAt: Time,
  /** The credential for asking the provider, sealed (auth/seal.ts). */
  sealed: Type.String(),
});
export type SignedInPerson = Static<typeof SignedInPerson>;

/** The name that the identity provider gave a person, and since when it is known. */
export type PersonName = { readonly actor: string; readonly name: string; readonly at: number };

/** A token with grants, as it is kept. */
export type ApiToken = {
  readonly id: string;
  readonly name: string;
  /** SHA-256 in hex. */
  readonly tokenHash: string;
  readonly grants: Grant[];
  readonly createdAt: number;
  readonly createdBy: string;
  /** Null if it does not expire. */
  readonly expiresAt: number | null;
  lastUsedAt: number | null;
};

/** A stored enrolment token. `tokenHash` is a SHA-256 in hex. */
export type Enrolment = Readonly<EnrolmentView> & { readonly tokenHash: string };

/** The state that a host enrolled with. Its secret, stored as a SHA-256 in hex, proves that an agent is the same host. */
export type EnrolledState = {
  readonly hostId: string;
  readonly stateId: string;
  readonly secretHash: string;
  readonly enrolmentId: string;
};

/** A host that waits for a person's decision. `askedAt` is in memory only. */
export type StoredWaitingHost = Readonly<Omit<WaitingHost, 'askedAt'>> & { readonly secretHash: string };

/** A notice that waits for its receiver. `seq` grows in the order of writes. */
export type QueuedNotice = { readonly seq: number; readonly notice: Notice };

/** The state of a notice receiver. */
export type ReceiverState = {
  readonly name: string;
  /** The message under way: the first `count` notices, up to `upTo`. Once begun, they are never sent under another id. */
  readonly sending: {
    readonly id: string;
    readonly upTo: number;
    readonly count: number;
    readonly tries: number;
  } | null;
  readonly deliveredAt: number | null;
  /** The last failed try; null after a success. */
  readonly failed: { readonly at: number; readonly message: string } | null;
  /** How many notices were ever given up. */
  readonly givenUp: number;
  readonly givenUpAt: number | null;
};

/** This receiver got the notice that the host is away since then. */
export type ToldAbsence = { readonly hostId: string; readonly receiver: string; readonly since: number };
