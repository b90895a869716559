import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { DeviceSignIn, DeviceStatus } from '../../../shared/model/grant.ts';
import type { Auth } from '../../auth/auth.ts';
import type { Oidc } from '../../auth/oidc/oidc.ts';
import type { ProviderOutcome } from '../../auth/oidc/provider-outcome.ts';
import { seal, unseal } from '../../auth/seal.ts';
import type { AddressOf } from '../../config/client-address.ts';
import type { Api } from '../http/route.ts';
import { askedOf } from './oidc.ts';

export type OidcDeviceRoutesDeps = {
  oidc: Oidc | null;
  auth: Pick<Auth, 'openTokenSession'>;
  addressOf: AddressOf;
};

const Poll = Type.Object({ signIn: Type.String({ minLength: 1, maxLength: 8192 }) }, { additionalProperties: false });

/**
 * The device sign-in of the command line. The coordinator is the provider's client: the client's secret and the provider's tokens
 * stay here, and the command line gets the token of a session.
 */
export function oidcDeviceRoutes(api: Api, { oidc, auth, addressOf }: OidcDeviceRoutesDeps): void {
  api.post(
    '/oidc/device',
    { config: { signsIn: true }, schema: { hide: true } },
    async (request): Promise<DeviceSignIn> => {
      const asked = askedOf(oidc, addressOf(request.raw));
      const { deviceCode, ...start } = answerOf(await asked.device.begin());
      return { signIn: seal(asked.deviceKey, deviceCode), ...start };
    },
  );

  api.post(
    '/oidc/device/token',
    { config: { signsIn: true }, schema: { hide: true, body: Poll } },
    async (request): Promise<DeviceStatus> => {
      const address = addressOf(request.raw);
      const asked = askedOf(oidc, address);
      const deviceCode = unseal(asked.deviceKey, request.body.signIn);
      if (deviceCode === null)
        throw new SwitchyardError('sign_in_refused', 'This coordinator has begun no such sign-in');
      const vouched = answerOf(await asked.device.poll(deviceCode));
      if (vouched === null) return { status: 'pending' };
      const opener = asked.openerOf(vouched, address);
      if (opener === null) {
        await asked.provider.revoke(vouched.keys);
        throw new SwitchyardError('sign_in_refused', `no group of ${vouched.person.subject} has a grant`);
      }
      const { token, expiresAt } = await auth.openTokenSession(opener);
      return { status: 'done', token, actor: opener.actor, name: vouched.person.name, expiresAt };
    },
  );
}

function answerOf<Value>(outcome: ProviderOutcome<Value>): Value {
  if (outcome.kind === 'answered') return outcome.value;
  throw new SwitchyardError(outcome.kind === 'away' ? 'provider_unavailable' : 'sign_in_refused', outcome.words);
}
