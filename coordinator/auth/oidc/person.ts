import type { Grant } from '../../../shared/grant.ts';
import type { OidcConfig, OidcGrant } from '../../config/oidc.ts';
import { plainLine } from './plain-line.ts';

/** A person, as the identity provider's claims describe them. */
export type Person = {
  subject: string;
  /** For people to read; null where no claim has one. It says nothing of who they are: a provider may let people choose it. */
  name: string | null;
  /** Their groups, as far as CONFIG grants something to them. */
  groups: readonly string[];
};

/** `fault`: one line for the log and the person. */
export type PersonReading = { person: Person } | { fault: string };

/** What OpenID Connect allows (Core, section 2): at most 255 ASCII characters. Control characters are refused too. */
const SUBJECT = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
const NAME_CHARS = 100;
/** Claims by which providers name people, the best first. */
const NAME_CLAIMS = ['name', 'preferred_username', 'email'] as const;

/**
 * Cuts a provider's claims to a person. A list of groups may be one text, as some providers send it; anything else is refused:
 * a person without groups has no grants, and must not become one by a fault.
 */
export function personOf(
  claims: Readonly<Record<string, unknown>>,
  { groupsClaim, grants }: Pick<OidcConfig, 'groupsClaim' | 'grants'>,
): PersonReading {
  const { sub } = claims;
  if (typeof sub !== 'string' || !SUBJECT.test(sub))
    return { fault: 'the subject (sub) of the provider is not 1 to 255 printable ASCII characters' };
  const given = Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : [];
  const listed = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(listed) || !listed.every((group) => typeof group === 'string'))
    return { fault: `the claim ${groupsClaim} is not a list of texts` };
  const theirs = new Set<string>(listed);
  const groups = [...new Set(grants.map(({ group }) => group))].filter((group) => theirs.has(group));
  const name = NAME_CLAIMS.map((claim) => nameOf(claims[claim])).find((text) => text !== null) ?? null;
  return { person: { subject: sub, name, groups } };
}

const nameOf = (claim: unknown): string | null =>
  typeof claim === 'string' ? plainLine(claim, NAME_CHARS) || null : null;

/** What the members of these groups may do: nothing that no entry grants. */
export const grantsOf = (grants: readonly OidcGrant[], groups: readonly string[]): Grant[] =>
  grants.filter(({ group }) => groups.includes(group)).map(({ group: _, ...grant }) => grant);

/** The name under which a person acts. */
const PREFIX = 'oidc:';
export const personActor = (subject: string): string => PREFIX + subject;
export const subjectOf = (actor: string): string => actor.slice(PREFIX.length);
