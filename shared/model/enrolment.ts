import { type Static, Type } from 'typebox';
import { PLATFORMS } from '../ops/op-definition.ts';
import { Count, Name, Nullable, OneOf, PersonName, Time, Uuid } from '../schema.ts';

/** A pattern for host names. `*` stands for any characters. */
const HostGlob = Type.String({ pattern: '^[A-Za-z0-9._*-]{1,63}$' });
const Tags = Type.Array(Name, {
  maxItems: 100,
  uniqueItems: true,
  description: 'Tags that its hosts get, as if an admin had given them',
});
const Approve = Type.Boolean({ description: 'Whether a person approves each host' });
const NAMES = { description: 'Names that its hosts may have; `*` stands for any characters; any if null or absent' };
const Globs = Type.Array(HostGlob, { minItems: 1, maxItems: 100, uniqueItems: true, ...NAMES });

/** `POST /api/enrolments` (docs/protocol.md section 10). */
export const EnrolmentRequest = Type.Object(
  {
    tags: Type.Optional(Tags),
    names: Type.Optional(Globs),
    maxUses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    expiresAt: Type.Optional(Time),
    approve: Type.Optional(Approve),
  },
  { additionalProperties: false },
);
export type EnrolmentRequest = Static<typeof EnrolmentRequest>;

/** An enrolment token without its secret. */
export const EnrolmentView = Type.Object({
  id: Uuid,
  tags: Tags,
  /** Null: any name. */
  names: Type.Union([Globs, Type.Null()], NAMES),
  /** Null: any number of hosts. */
  maxUses: Nullable(Count),
  uses: Count,
  expiresAt: Nullable(Time),
  approve: Approve,
  createdAt: Time,
  createdBy: Type.String(),
  createdByName: PersonName,
});
export type EnrolmentView = Static<typeof EnrolmentView>;

/** The only answer that shows an enrolment token. */
export const NewEnrolment = Type.Object({ ...EnrolmentView.properties, token: Type.String() });
export type NewEnrolment = Static<typeof NewEnrolment>;

/** Describes in words the hosts that a token enrols. */
export const enrolmentWords = ({
  tags,
  names,
  maxUses,
  approve,
}: Pick<EnrolmentView, 'tags' | 'names' | 'maxUses' | 'approve'>): string =>
  [
    maxUses === null ? 'any number of hosts' : `at most ${maxUses} ${maxUses === 1 ? 'host' : 'hosts'}`,
    names && `named ${names.join(' or ')}`,
    tags.length > 0 && `tagged ${tags.join(', ')}`,
    approve && 'each with an approval',
  ]
    .filter(Boolean)
    .join(', ');

/** `POST /api/agent/enrol`: an agent asks for a token of its own. */
export const EnrolBody = Type.Object({
  hostname: Name,
  platform: OneOf(PLATFORMS),
  stateId: Uuid,
  stateSecret: Type.String({ pattern: '^[!-~]{32,128}$' }),
});
export type EnrolBody = Static<typeof EnrolBody>;

/** The answer to a host that waits for a person. The agent asks again. */
export const EnrolWaits = Type.Object({ waitingId: Uuid, message: Type.String() });
export type EnrolWaits = Static<typeof EnrolWaits>;

/**
 * `approval`: the token requires one. The others are conflicts with a known host: its name, its state while it is online, or its
 * state with another secret.
 */
const WAITING_REASONS = ['approval', 'name_taken', 'online', 'other_secret'] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** Each reason in words, to follow the name of the host. */
export const WAITING_WORDS: Readonly<Record<WaitingReason, string>> = {
  approval: 'waits for an approval',
  name_taken: 'a host has its name',
  online: 'has the state of a host that is online: it may be a copy of its disk',
  other_secret: 'names the state of a host without the secret',
};

/** A host that asks to enrol and waits for a person's decision. */
export const WaitingHost = Type.Object({
  id: Uuid,
  enrolmentId: Uuid,
  hostname: Name,
  platform: OneOf(PLATFORMS),
  address: Type.String(),
  stateId: Uuid,
  reason: OneOf(WAITING_REASONS),
  /** The known host of a conflict. An approval gives it to this agent. */
  hostId: Nullable(Uuid),
  since: Time,
  askedAt: Time,
  decision: Nullable(OneOf(['approved', 'refused'])),
  decidedBy: Nullable(Type.String()),
  decidedByName: PersonName,
});
export type WaitingHost = Static<typeof WaitingHost>;
