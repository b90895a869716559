import { type Static, Type } from 'typebox';
import { CommitId, Count, Duration, Name, Nullable, OneOf, PersonName, Time, Uuid, WhereText } from '../schema.ts';
import { Event } from './event.ts';

/** A change of many hosts in waves: the request, and the view that every consumer gets. */

export const ACTIVE_ROLLOUT_STATUSES = ['AWAITING_APPROVAL', 'RUNNING', 'PAUSED'] as const;
export const ENDED_ROLLOUT_STATUSES = ['DONE', 'FAILED', 'STOPPED'] as const;
export const ROLLOUT_STATUSES = [...ACTIVE_ROLLOUT_STATUSES, ...ENDED_ROLLOUT_STATUSES] as const;
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

const ACTIVE: ReadonlySet<string> = new Set(ACTIVE_ROLLOUT_STATUSES);
export const isActiveRollout = (status: RolloutStatus): boolean => ACTIVE.has(status);
/** A begun rollout's hosts are in no other begun rollout. */
export const isBegun = (status: RolloutStatus): boolean => status === 'RUNNING' || status === 'PAUSED';

const WAVE_STATUSES = ['waiting', 'running', 'soaking', 'done', 'failed'] as const;
export type WaveStatus = (typeof WAVE_STATUSES)[number];

/** A host's standing in a rollout; computed from its commands each time, never stored. */
export const STANDINGS = ['waiting', 'running', 'proven', 'failed', 'deferred', 'skipped'] as const;
export type Standing = (typeof STANDINGS)[number];

const ROLLOUT_REASONS = ['approval', 'window', 'failures', 'gate', 'person', 'hosts_offline', 'superseded'] as const;
export type RolloutReasonCode = (typeof ROLLOUT_REASONS)[number];

export const MAX_STEPS = 8;
const MAX_WAVES = 100;
const MAX_HOSTS_NAMED = 100_000;

const HostNames = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: MAX_HOSTS_NAMED });
const Tags = Type.Array(Name, { maxItems: 64 });

export const RolloutStep = Type.Object(
  {
    op: Name,
    options: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Unknown(), { maxProperties: 32 })),
  },
  { additionalProperties: false },
);
export type RolloutStep = Static<typeof RolloutStep>;

export const WavePlan = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    hosts: Type.Optional(HostNames),
    tags: Type.Optional(Tags),
    where: Type.Optional(WhereText),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_HOSTS_NAMED })),
    percent: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100 })),
    soakMs: Type.Optional(Duration),
    approve: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type WavePlan = Static<typeof WavePlan>;

/** How many hosts may fail: over the whole rollout, or a share of each wave. */
const MaxFailures = Type.Union([
  Type.Integer({ minimum: 0, maximum: MAX_HOSTS_NAMED }),
  Type.String({ pattern: '^(100|[1-9]?[0-9])%$' }),
]);

export const RolloutRequest = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    steps: Type.Array(RolloutStep, { minItems: 1, maxItems: MAX_STEPS }),
    hosts: Type.Optional(HostNames),
    tags: Type.Optional(Tags),
    where: Type.Optional(WhereText),
    commit: Type.Optional(Type.Union([Type.Literal('target'), CommitId])),
    waves: Type.Optional(Type.Array(WavePlan, { minItems: 1, maxItems: MAX_WAVES })),
    maxParallel: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    maxFailures: Type.Optional(MaxFailures),
    stepDeadlineMs: Type.Optional(Duration),
    onFailure: Type.Optional(OneOf(['pause', 'stop'])),
    approve: Type.Optional(Type.Boolean()),
    window: Type.Optional(Name),
    gate: Type.Optional(
      Type.Object(
        {
          presence: Type.Optional(Type.Boolean()),
          ignoreUnits: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 64 })),
        },
        { additionalProperties: false },
      ),
    ),
    catchUpMs: Type.Optional(Duration),
    force: Type.Optional(Type.Boolean()),
    dryRun: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type RolloutRequest = Static<typeof RolloutRequest>;

export const ROLLOUT_DEFAULTS = {
  maxParallel: 10,
  maxFailures: 0,
  stepDeadlineMs: 4 * 3_600_000,
  soakMs: 300_000,
  catchUpMs: 7 * 24 * 3_600_000,
} as const;

/** An approval not given within this time lapses. */
export const APPROVAL_LAPSES_MS = 7 * 24 * 3_600_000;

export const RolloutReason = Type.Object({
  code: OneOf(ROLLOUT_REASONS),
  message: Type.String(),
  until: Nullable(Time),
});
export type RolloutReason = Static<typeof RolloutReason>;

export const Wave = Type.Object({
  index: Count,
  name: Type.String(),
  hosts: Type.Array(Uuid),
  soakMs: Duration,
  approve: Type.Boolean(),
  status: OneOf(WAVE_STATUSES),
  startedAt: Nullable(Time),
  /** When the soak ends if all time until then is observed. */
  soakUntil: Nullable(Time),
  finishedAt: Nullable(Time),
});
export type Wave = Static<typeof Wave>;

export const RolloutCounts = Type.Object({
  waiting: Count,
  running: Count,
  proven: Count,
  failed: Count,
  deferred: Count,
  skipped: Count,
});
export type RolloutCounts = Static<typeof RolloutCounts>;

export const Rollout = Type.Object({
  id: Uuid,
  name: Type.String(),
  status: OneOf(ROLLOUT_STATUSES),
  reason: Nullable(RolloutReason),
  createdBy: Type.String(),
  createdByName: PersonName,
  /** Who ran the policy that made it; absent if nobody did. */
  ranBy: Type.Optional(Type.String()),
  ranByName: PersonName,
  /** The person who made the token that asked for it; absent if no token did, or no person made that. */
  tokenOf: Type.Optional(Type.String()),
  tokenOfName: PersonName,
  approvedBy: Nullable(Type.String()),
  approvedByName: PersonName,
  createdAt: Time,
  startedAt: Nullable(Time),
  finishedAt: Nullable(Time),
  commit: Nullable(CommitId),
  steps: Type.Array(RolloutStep),
  /** The request, unchanged. */
  plan: RolloutRequest,
  waves: Type.Array(Wave),
  counts: RolloutCounts,
  rev: Count,
});
export type Rollout = Static<typeof Rollout>;

/** The person or program behind a rollout, who alone can't approve it with `twoPeople`. */
export const makerOf = ({ createdBy, ranBy, tokenOf }: RolloutMaker): string => tokenOf ?? ranBy ?? createdBy;
export const makerNameOf = ({ ranBy, tokenOf, ...names }: RolloutMaker): string | undefined =>
  tokenOf !== undefined ? names.tokenOfName : ranBy !== undefined ? names.ranByName : names.createdByName;
export type RolloutMaker = Pick<
  Rollout,
  'createdBy' | 'createdByName' | 'ranBy' | 'ranByName' | 'tokenOf' | 'tokenOfName'
>;

/** One host of a rollout, as `GET /api/rollouts/:id` and the feed show it. */
export const RolloutHost = Type.Object({
  hostId: Uuid,
  host: Type.String(),
  wave: Count,
  step: Nullable(Count),
  commandId: Nullable(Uuid),
  standing: OneOf(STANDINGS),
  code: Nullable(Type.String()),
});
export type RolloutHost = Static<typeof RolloutHost>;

/** One change of a rollout's status or of its reason, or a person's decision. */
export const RolloutHistoryEntry = Type.Object({
  at: Time,
  from: Nullable(OneOf(ROLLOUT_STATUSES)),
  to: OneOf(ROLLOUT_STATUSES),
  code: Nullable(OneOf(ROLLOUT_REASONS)),
  message: Type.String(),
  actor: Event.properties.actor,
  actorName: PersonName,
});
export type RolloutHistoryEntry = Static<typeof RolloutHistoryEntry>;

/** A rollout with each of its hosts, and its history. */
export const RolloutView = Type.Object({
  ...Rollout.properties,
  hosts: Type.Array(RolloutHost),
  history: Type.Array(RolloutHistoryEntry),
});
export type RolloutView = Static<typeof RolloutView>;

/** The parts of a gate. Each is shown as a light. */
export const GATE_LIGHTS = ['presence', 'agent', 'system', 'tests', 'units'] as const;
export type GateLightName = (typeof GATE_LIGHTS)[number];

/** One part of the gate over the present wave's proven hosts. */
export const GateLight = Type.Object({
  name: OneOf(GATE_LIGHTS),
  /** `unobserved` does not count as passed: it extends the soak. `off`: not part of this gate, or no host can tell. */
  state: OneOf(['holds', 'broken', 'unobserved', 'off']),
  /** Hosts where the part was seen to hold. */
  holding: Count,
  /** Watched hosts. */
  hosts: Count,
  /** The first host where the part does not hold, and why; or why the part is off. */
  message: Nullable(Type.String()),
});
export type GateLight = Static<typeof GateLight>;

/** A rollout's gate, as observed now. `wave` is null once all waves are over. */
export const RolloutGate = Type.Object({ wave: Nullable(Count), lights: Type.Array(GateLight) });
export type RolloutGate = Static<typeof RolloutGate>;

/** A rollout in the live feed. The API gives the hosts of its waves, once. */
export const RolloutSummary = Type.Object({
  ...Rollout.properties,
  waves: Type.Array(Type.Omit(Wave, ['hosts'])),
});
export type RolloutSummary = Static<typeof RolloutSummary>;

/** The number of ended rollouts kept beside the active ones. */
export const RECENT_ROLLOUTS = 20;

/** A commit to which no host goes unless a person forces it. */
export const Quarantined = Type.Object({
  commit: CommitId,
  at: Time,
  reason: Type.String(),
  /** The rollout that quarantined it. */
  rolloutId: Nullable(Uuid),
});
export type Quarantined = Static<typeof Quarantined>;
