import { genericGrantRequest, initiateDeviceAuthorization, ResponseBodyError } from 'openid-client';
import type { OidcConfig } from '../../config/oidc.ts';
import type { Discovery } from './discovery.ts';
import { type Vouched, vouched, withProvider } from './provider.ts';
import { type ProviderOutcome, refused } from './provider-outcome.ts';

/** A sign-in on another device: the person opens the address and enters the code. */
export type DeviceStart = {
  /** Known to this coordinator alone, which uses it to ask the provider whether the person has answered. */
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  /** The address with the code in it; null if the provider gives none. */
  verificationUriComplete: string | null;
  expiresInMs: number;
  intervalMs: number;
};

export type Device = {
  begin(): Promise<ProviderOutcome<DeviceStart>>;
  /** Null while the person has not answered. */
  poll(deviceCode: string): Promise<ProviderOutcome<Vouched | null>>;
};

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Default if the provider names none (RFC 8628 section 3.2). */
const INTERVAL_S = 5;
const LONGEST_S = 3_600;

export function createDevice({ config, discovery }: { config: OidcConfig; discovery: Discovery }): Device {
  return {
    begin: () =>
      withProvider(discovery, async (provider) => {
        if (provider.serverMetadata().device_authorization_endpoint === undefined)
          return refused('the identity provider has no sign-in for command lines: use a token, or the dashboard');
        const said = await initiateDeviceAuthorization(provider, { scope: config.scopes.join(' ') });
        const [uri, complete] = [webAddress(said.verification_uri), webAddress(said.verification_uri_complete)];
        if (uri === null) return refused('the identity provider names no web address for the code');
        return {
          kind: 'answered',
          value: {
            deviceCode: said.device_code,
            userCode: said.user_code.slice(0, 100),
            verificationUri: uri,
            verificationUriComplete: complete,
            expiresInMs: Math.min(said.expires_in, LONGEST_S) * 1000,
            intervalMs: Math.min(said.interval ?? INTERVAL_S, 60) * 1000,
          },
        };
      }),
    poll: (deviceCode) =>
      withProvider<Vouched | null>(discovery, async (provider) => {
        const tokens = await genericGrantRequest(provider, GRANT, { device_code: deviceCode }).catch((error) => {
          if (error instanceof ResponseBodyError && /^(authorization_pending|slow_down)$/.test(error.error))
            return null;
          throw error;
        });
        return tokens === null
          ? { kind: 'answered', value: null }
          : vouched(config, provider, { tokens, before: null, subject: null });
      }),
  };
}

const webAddress = (text: string | undefined): string | null => {
  const url = URL.parse(text ?? '');
  return url && /^https?:$/.test(url.protocol) && url.href.length <= 2000 ? url.href : null;
};
