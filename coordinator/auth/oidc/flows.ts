import type { Clock } from '../../../shared/time/clock.ts';
import { seal, unseal } from '../seal.ts';
import { newToken } from '../tokens.ts';
import type { Checks } from './provider.ts';

/**
 * Sign-ins under way at the provider.
 *
 * W1 A flow is stored sealed in a cookie of its browser. So beginning flows fills no memory of the coordinator, and a restart
 *    loses none.
 * W2 A flow ends once, within 10 minutes.
 */
export type Flow = Checks & {
  startedAt: number;
  /** Path below the coordinator's public address. */
  returnTo: string;
  /** The session to step up; null for a sign-in. */
  stepUpOf: string | null;
};

export type Flows = {
  begin(about: Pick<Flow, 'returnTo' | 'stepUpOf'>): { flow: Flow; cookie: string };
  /** The flow of the browser that returned with this state; null if there is none, it was used already, or it took too long. */
  take(cookieHeader: string | undefined, state: string | null): Flow | null;
  /** `Set-Cookie` value that makes the browser forget the flow. */
  clearing: string;
};

/** `path`: that of the routes that use the cookie, as browsers see it. */
export type FlowsDeps = { clock: Pick<Clock, 'now'>; key: Buffer; path: string; isSecure: boolean };

const COOKIE = 'switchyard_sign_in';
const FLOW_MS = 600_000;
const MOST_TAKEN = 10_000;

export function createFlows({ clock, key, path, isSecure }: FlowsDeps): Flows {
  /** Used states, each with the time at which its flow expires anyway. */
  const taken = new Map<string, number>();
  const setCookie = (value: string, maxAgeS: number): string =>
    `${COOKIE}=${value}; Max-Age=${maxAgeS}; Path=${path}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

  function remember(state: string): void {
    const now = clock.now();
    for (const [old, until] of taken) {
      if (until > now && taken.size < MOST_TAKEN) break;
      taken.delete(old);
    }
    taken.set(state, now + FLOW_MS);
  }

  return {
    begin(about) {
      const checks = { state: newToken(), nonce: newToken(), verifier: newToken() };
      const flow: Flow = { ...checks, startedAt: clock.now(), ...about };
      return { flow, cookie: setCookie(seal(key, JSON.stringify(flow)), FLOW_MS / 1000) };
    },
    take(cookieHeader = '', state) {
      for (const pair of cookieHeader.split(';')) {
        const [name, sealed = ''] = pair.trim().split('=', 2);
        const text = name === COOKIE ? unseal(key, sealed) : null;
        if (text === null) continue;
        // This coordinator sealed it, so it has this shape.
        const flow: Flow = JSON.parse(text);
        const isDue = flow.startedAt + FLOW_MS > clock.now();
        if (!isDue || flow.state !== state || taken.has(flow.state)) continue;
        remember(flow.state);
        return flow;
      }
      return null;
    },
    clearing: setCookie('', 0),
  };
}
