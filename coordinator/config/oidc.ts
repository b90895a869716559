import { type Static, Type } from 'typebox';
import { ROLES } from '../../shared/model/grant.ts';
import { isInTheClear } from '../../shared/network/in-the-clear.ts';
import { Name, OneOf } from '../../shared/schema.ts';

/** `[oidc]` of CONFIG: the identity provider for sign-ins (docs/protocol.md section 10). */

const LIMIT = { minItems: 1, maxItems: 100, uniqueItems: true } as const;

/** One entry of `[[oidc.grants]]`. */
const OidcGrantKeys = Type.Object(
  {
    group: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Group that gets the grant, as the claim names it',
    }),
    role: OneOf(ROLES, { description: 'What its members may do' }),
    tags: Type.Optional(
      Type.Array(Name, {
        ...LIMIT,
        description: 'Hosts on which an operator may act: those with one of these tags; all if absent',
      }),
    ),
    ops: Type.Optional(Type.Array(Name, { ...LIMIT, description: 'Ops that an operator may run; all if absent' })),
  },
  { additionalProperties: false },
);

export const OidcKeys = Type.Object(
  {
    issuer: Type.String({
      maxLength: 2000,
      pattern: '^https?://',
      description: 'The provider’s issuer, exactly as it names itself; `https://`, or on this machine `http://`',
    }),
    clientId: Type.String({ minLength: 1, maxLength: 255, description: 'The client’s id at the provider' }),
    clientSecretFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the client’s secret, read at each use; without it the client is a public one',
      }),
    ),
    scopes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[!#-\\[\\]-~]{1,100}$' }), {
        maxItems: 50,
        description:
          'Scopes to ask for; `openid` is always among them. Many providers give groups, or a refresh token, only for a scope of its own',
        default: ['openid', 'profile', 'email'],
      }),
    ),
    groupsClaim: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Claim of the ID token or of the userinfo that lists a person’s groups',
        default: 'groups',
      }),
    ),
    grants: Type.Optional(Type.Array(OidcGrantKeys, { maxItems: 1000, default: [] })),
  },
  { additionalProperties: false },
);

export type OidcGrant = Static<typeof OidcGrantKeys>;

export type OidcConfig = {
  issuer: string;
  clientId: string;
  clientSecretFile: string | null;
  scopes: readonly string[];
  groupsClaim: string;
  grants: readonly OidcGrant[];
  /** The coordinator's address for browsers, without a trailing slash. */
  publicUrl: string;
};

type Given = Static<typeof OidcKeys>;

/** Rules that the schema cannot express. */
export function faultOfOidc(
  oidc: Given | undefined,
  publicUrl: string | undefined,
): { keys: string[]; fault: string } | null {
  if (oidc === undefined) return null;
  const fault = (key: string, says: string) => ({ keys: ['oidc', key], fault: `oidc.${key}: ${says}` });
  const issuer = URL.parse(oidc.issuer);
  if (issuer === null || [issuer.username, issuer.password, issuer.search, issuer.hash].some((part) => part !== ''))
    return fault('issuer', 'takes a URL without user, query and fragment');
  if (isInTheClear(issuer)) return fault('issuer', 'must be https://: anyone on the way could sign in as anyone');
  if (publicUrl === undefined)
    return { keys: ['oidc'], fault: 'oidc: access.publicUrl is missing: the provider sends browsers back to it' };
  if (isInTheClear(new URL(publicUrl)))
    return {
      keys: ['access', 'publicUrl'],
      fault: 'access.publicUrl: must be https:// where people sign in by oidc',
    };
  const wide = oidc.grants?.findIndex(({ role, tags, ops }) => role === 'admin' && (tags ?? ops) !== undefined) ?? -1;
  if (wide >= 0)
    return {
      keys: ['oidc', 'grants', String(wide), 'role'],
      fault: `oidc.grants[${wide}]: a grant with the role admin takes neither tags nor ops; the role operator has limits`,
    };
  return null;
}

/** `keys`: with their defaults. `publicUrl`: without a trailing slash. */
export const oidcOf = (
  {
    clientSecretFile = null,
    scopes,
    ...keys
  }: Omit<Required<Given>, 'clientSecretFile'> & { clientSecretFile?: string | null },
  publicUrl: string,
): OidcConfig => ({ ...keys, clientSecretFile, scopes: [...new Set(['openid', ...scopes])], publicUrl });
