import type { StepUpLink } from '../../../shared/model/grant.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { SignIn } from '../../store/records.ts';
import { seal, unseal } from '../seal.ts';

/** Links that a command line gives its person, who opens one in a browser to step up the command line's session. */
export type StepUps = {
  /** `address`: the address that asked. It is shown because a stolen session asks from another one than its person's. */
  linkFor(signIn: Pick<SignIn, 'id'>, address: string): StepUpLink;
  /** The id of the session that a link is for, and the address that asked for it; null if it is too old, or not sealed by this coordinator. */
  read(sealed: string): AskedFor | null;
};

type AskedFor = { id: string; address: string };

const LINK_MS = 600_000;
/** How often the command line asks whether it was stepped up. */
const INTERVAL_MS = 2_000;

export type StepUpsDeps = { clock: Pick<Clock, 'now'>; key: Buffer; publicUrl: string };

export function createStepUps({ clock, key, publicUrl }: StepUpsDeps): StepUps {
  return {
    linkFor({ id }, address) {
      const sealed = seal(key, JSON.stringify({ id, address, until: clock.now() + LINK_MS }));
      const url = `${publicUrl}/api/oidc/step-up?session=${sealed}`;
      return { url, expiresInMs: LINK_MS, intervalMs: INTERVAL_MS };
    },
    read(sealed) {
      const text = unseal(key, sealed);
      if (text === null) return null;
      // This coordinator sealed the link, so it has this shape.
      const { id, address, until }: AskedFor & { until: number } = JSON.parse(text);
      return until > clock.now() ? { id, address } : null;
    },
  };
}
