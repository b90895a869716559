import { personActor } from '../../../shared/model/actor.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Log } from '../../config/log.ts';
import type { OidcConfig } from '../../config/oidc.ts';
import type { Opener, PresentGrants } from '../auth.ts';
import { createRate, type Rate } from '../rate.ts';
import { keyFor } from '../seal.ts';
import type { SignIns } from '../sign-ins.ts';
import { createDevice, type Device } from './device.ts';
import { createDiscovery } from './discovery.ts';
import { createFlows, type Flows } from './flows.ts';
import { createProvider, type Provider, type Vouched } from './provider.ts';
import { createRenewals, type Renewals, type RenewalsDeps } from './renewals.ts';
import { createStepUps, type StepUps } from './step-ups.ts';

/** Sign-ins through the identity provider of CONFIG. */
export type Oidc = {
  config: OidcConfig;
  provider: Provider;
  device: Device;
  flows: Flows;
  renewals: Renewals;
  stepUps: StepUps;
  /** Seals the device sign-in that the command line sends back. */
  deviceKey: Buffer;
  /** Counts sign-ins begun or asked for, by address. */
  asked: Rate;
  isSecure: boolean;
  /** The opener for a person whom the provider vouched for just now; null if CONFIG grants them nothing. */
  openerOf(vouched: Vouched, address: string): Opener | null;
};

export type OidcDeps = {
  clock: Clock;
  log: Log;
  config: OidcConfig;
  adminToken: string;
  signIns: SignIns;
  presentGrants: PresentGrants;
  revoke: RenewalsDeps['revoke'];
};

/** Per minute and address: a device sign-in asks every 5 s, and many people may share an address. */
const MOST_ASKED = 240;

export function createOidc({ clock, log, config, adminToken, signIns, presentGrants, revoke }: OidcDeps): Oidc {
  const discovery = createDiscovery({ clock, config });
  const provider = createProvider({ config, discovery });
  const { pathname, protocol } = new URL(`${config.publicUrl}/api/oidc`);
  const isSecure = protocol === 'https:';
  return {
    config,
    provider,
    device: createDevice({ config, discovery }),
    flows: createFlows({ clock, key: keyFor(adminToken, 'oidc flow'), path: pathname, isSecure }),
    renewals: createRenewals({ clock, log, provider, signIns, presentGrants, revoke }),
    stepUps: createStepUps({ clock, key: keyFor(adminToken, 'oidc step-up'), publicUrl: config.publicUrl }),
    deviceKey: keyFor(adminToken, 'oidc device'),
    asked: createRate(clock, MOST_ASKED),
    isSecure,
    openerOf({ person: { subject, name, groups }, keys }, address) {
      const { issuer, clientId } = config;
      const known = { issuer, clientId, name, groups: [...groups], askedAt: clock.now() };
      if (presentGrants({ ...known, sealed: '' }) === null) return null;
      return { actor: personActor(subject), address, person: { ...known, secret: JSON.stringify(keys) } };
    },
  };
}
