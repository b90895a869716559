import { type Static, Type } from 'typebox';
import { Name, Nullable, OneOf, PersonName, Time, Uuid } from '../schema.ts';

/** Roles, weakest first. Each includes those before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * A permission (docs/protocol.md section 10). `tags` and `ops` limit what an operator may do, never what is read; an admin's
 * grant takes neither, since admins change tags and grants.
 */
export const Grant = Type.Object(
  {
    role: OneOf(ROLES),
    tags: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 100, uniqueItems: true })),
    ops: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 100, uniqueItems: true })),
  },
  { additionalProperties: false },
);
export type Grant = Static<typeof Grant>;

/** Describes a grant in words. */
export const grantWords = ({ role, tags, ops }: Grant): string =>
  [role, tags && `on hosts tagged ${tags.join(' or ')}`, ops && `for ${ops.join(', ')}`].filter(Boolean).join(' ');

export const Grants = Type.Array(Grant, { minItems: 1, maxItems: 50 });

/** A token of a program or a person, without its secret. */
export const ApiTokenView = Type.Object({
  id: Uuid,
  name: Name,
  grants: Grants,
  createdAt: Time,
  createdBy: Type.String(),
  createdByName: PersonName,
  expiresAt: Nullable(Time),
  lastUsedAt: Nullable(Time),
});
export type ApiTokenView = Static<typeof ApiTokenView>;

/** The only answer that shows a token. */
export const NewApiToken = Type.Object({ ...ApiTokenView.properties, token: Type.String() });
export type NewApiToken = Static<typeof NewApiToken>;

export const ApiTokenRequest = Type.Object(
  { name: Name, grants: Grants, expiresAt: Type.Optional(Time) },
  { additionalProperties: false },
);
export type ApiTokenRequest = Static<typeof ApiTokenRequest>;

/** The caller and their grants. */
export const WhoAmI = Type.Object({
  actor: Type.String(),
  name: Nullable(Type.String()),
  grants: Type.Array(Grant),
  expiresAt: Nullable(Time),
  steppedUpUntil: Nullable(Time),
  /** The rules of `[access]` in CONFIG for everybody. */
  stepUpOps: Type.Array(Name),
  twoPeople: Type.Boolean(),
});
export type WhoAmI = Static<typeof WhoAmI>;

/** A session of the dashboard. */
export const SessionView = Type.Object({
  id: Type.String(),
  actor: Type.String(),
  name: Nullable(Type.String()),
  address: Type.String(),
  openedAt: Time,
  expiresAt: Time,
  current: Type.Boolean(),
});
export type SessionView = Static<typeof SessionView>;

/** A sign-in on another device, where a person opens the address and enters the code. */
export type DeviceSignIn = {
  /** The key for asking `POST /api/oidc/device/token` about progress. */
  signIn: string;
  userCode: string;
  verificationUri: string;
  verificationUriComplete: string | null;
  expiresInMs: number;
  /** The shortest interval between two such requests. */
  intervalMs: number;
};

/** A link for the person of a command line's session, who steps it up with a fresh sign-in in a browser. */
export type StepUpLink = {
  url: string;
  expiresInMs: number;
  /** How often to ask `GET /api/whoami` whether it happened. */
  intervalMs: number;
};

export type DeviceStatus =
  | { status: 'pending' }
  /** `token` opens the session. */
  | { status: 'done'; token: string; actor: string; name: string | null; expiresAt: number };
