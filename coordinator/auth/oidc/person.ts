import type { Grant } from '../../../shared/model/grant.ts';
import { plainLine } from '../../../shared/text/plain-line.ts';
import type { OidcConfig, OidcGrant } from '../../config/oidc.ts';

/** A person, as the identity provider's claims describe them. */
export type Person = {
  subject: string;
  /** For people to read; null if no claim has one. It identifies nobody: a provider may let people choose it. */
  name: string | null;
  /** The person's groups that have a grant in CONFIG. */
  groups: readonly string[];
};

/** `fault`: one line for the log and the person. */
export type PersonReading = { person: Person } | { fault: string };

/** Subjects that OpenID Connect allows (Core, section 2): at most 255 ASCII characters. Control characters are refused too. */
const SUBJECT = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
const NAME_CHARS = 100;
/** Claims that hold a person's name, the best first. */
const NAME_CLAIMS = ['name', 'preferred_username', 'email'] as const;

/**
 * Cuts a provider's claims to a person. Groups are a list of texts, or one text as some providers send it. Anything else is
 * refused: a fault must not turn a person into one without groups, who has no grants.
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

/** The grants of these groups' members. A group without an entry grants nothing. */
export const grantsOf = (grants: readonly OidcGrant[], groups: readonly string[]): Grant[] =>
  grants.filter(({ group }) => groups.includes(group)).map(({ group: _, ...grant }) => grant);
