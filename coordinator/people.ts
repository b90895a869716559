import { type ApiTokens, type ApiTokensDeps, createApiTokens } from './auth/api-tokens.ts';
import { type Auth, type AuthDeps, createAuth } from './auth/auth.ts';
import { createNames, type Names } from './auth/names.ts';
import { createOidc, type Oidc } from './auth/oidc/oidc.ts';
import { createPresentGrants } from './auth/oidc/present-grants.ts';
import { ADMIN } from './auth/principal.ts';
import { createSignIns, type SignIns } from './auth/sign-ins.ts';
import type { Config } from './config/config.ts';
import type { Revoke } from './rollout/run/revocation.ts';
import type { SignIn } from './store/records.ts';
import type { Start } from './store/start.ts';

/** Tokens, sessions and the identity provider. */
export type People = {
  apiTokens: ApiTokens;
  signIns: SignIns;
  names: Names;
  /** Null where CONFIG names no identity provider. */
  oidc: Oidc | null;
  auth: Auth;
  close(): void;
};

export type PeopleDeps = Pick<AuthDeps, 'hosts' | 'formerTokens' | 'enrolments' | 'adminToken'> &
  Omit<ApiTokensDeps, 'stored'> & {
    config: Pick<Config, 'access' | 'oidc'>;
    start: Pick<Start, 'apiTokens' | 'signIns' | 'names'>;
    revoke: Revoke;
  };

/** Puts tokens, sessions and the identity provider together. */
export function createPeople({ clock, log, ledger, config, start, adminToken, revoke, ...deps }: PeopleDeps): People {
  const { access } = config;
  const apiTokens = createApiTokens({ clock, log, ledger, stored: start.apiTokens });
  const presentGrants = createPresentGrants(config.oidc, clock);
  const isKnown = ({ actor, person }: SignIn): boolean =>
    person === null ? actor === ADMIN.actor || apiTokens.byActor(actor) !== null : presentGrants(person) !== null;
  const names = createNames({ clock, ledger, stored: start.names });
  const signIns = createSignIns({ clock, log, ledger, names, isKnown, stored: start.signIns });
  apiTokens.removed.listen(signIns.endAllOf);
  apiTokens.removed.listen((actor) => revoke(actor, []));
  const oidc =
    config.oidc && createOidc({ clock, log, config: config.oidc, adminToken, signIns, presentGrants, revoke });
  const auth = createAuth({
    ...deps,
    signIns,
    apiTokens,
    presentGrants,
    shown: (signIn, keyOf) => oidc?.renewals.shown(signIn, keyOf),
    adminToken,
    clock,
    stepUp: { ops: access.stepUp, ms: access.stepUpMs },
  });
  return {
    apiTokens,
    signIns,
    names,
    oidc,
    auth,
    close() {
      signIns.close();
      oidc?.renewals.close();
      apiTokens.close();
    },
  };
}
