import { type Static, Type } from 'typebox';
import { COMPLETIONS, PLATFORMS } from '../ops/op-definition.ts';
import { Name, Nullable, OneOf, Text, Time, Uuid } from '../schema.ts';
import { CHECK_STATUSES, Metrics, Report } from './report.ts';

export const Os = Type.Object({ name: Text(128), version: Text(128), arch: Text(64) });
export type Os = Static<typeof Os>;

/** An op that a host's agent can run, and what completes it there. */
export const AdvertisedOp = Type.Object({ id: Name, completion: OneOf(COMPLETIONS) });
export type AdvertisedOp = Static<typeof AdvertisedOp>;

/** The agent's build, as it names itself. */
export const AgentVersion = Text(64);

/** Ops and tags that one host may have. */
export const MAX_OPS = 500;
export const MAX_TAGS = 100;

export const Compartment = Type.Object({
  status: OneOf(CHECK_STATUSES),
  message: Type.String(),
  since: Nullable(Time),
});
export type Compartment = Static<typeof Compartment>;

export const COMPARTMENTS = ['agent', 'git', 'lock', 'system', 'tests'] as const;
export type CompartmentName = (typeof COMPARTMENTS)[number];

export const Compartments = Type.Object({
  agent: Compartment,
  git: Compartment,
  lock: Compartment,
  system: Compartment,
  tests: Compartment,
});
export type Compartments = Static<typeof Compartments>;

/** A person, or the host itself, says that it is not to be worked on; null `until` is until it is ended. */
export const Maintenance = Type.Object({ until: Nullable(Time), reason: Text(500) });
export type Maintenance = Static<typeof Maintenance>;

/** A host as the API and the live feed show it (docs/protocol.md section 3). */
export const Host = Type.Object({
  id: Uuid,
  name: Name,
  /** Set by an admin: only these decide what a tag means. */
  tags: Type.Array(Name),
  /** Claimed by its agent; only shown. */
  claimedTags: Type.Array(Name),
  platform: Nullable(OneOf(PLATFORMS)),
  os: Nullable(Os),
  agentVersion: Nullable(AgentVersion),
  online: Type.Boolean(),
  lastSeenAt: Nullable(Time),
  connectedAt: Nullable(Time),
  report: Nullable(Report),
  metrics: Nullable(Metrics),
  compartments: Compartments,
  activeCommandId: Nullable(Uuid),
  maintenance: Type.Optional(Nullable(Maintenance)),
  ops: Type.Array(AdvertisedOp),
  createdAt: Time,
});
export type Host = Static<typeof Host>;
