import type { Clock } from '../../../shared/time/clock.ts';
import type { OidcConfig } from '../../config/oidc.ts';
import type { PresentGrants } from '../auth.ts';
import { grantsOf } from './person.ts';

/** A person's groups count this long after the provider was asked (docs/protocol.md section 10); then their sessions end. */
const ASKED_COUNTS_MS = 15 * 60_000;

/**
 * A person's present grants: those that CONFIG gives their groups. Null if there are none, if CONFIG now names another provider, or
 * if the provider's answer is too old.
 */
export const createPresentGrants =
  (config: OidcConfig | null, clock: Pick<Clock, 'now'>): PresentGrants =>
  ({ issuer, clientId, groups, askedAt }) => {
    if (config === null || issuer !== config.issuer || clientId !== config.clientId) return null;
    if (askedAt + ASKED_COUNTS_MS <= clock.now()) return null;
    const grants = grantsOf(config.grants, groups);
    return grants.length > 0 ? grants : null;
  };
