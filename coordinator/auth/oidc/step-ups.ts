import type { Clock } from '../../../shared/clock.ts';
import type { StepUpLink } from '../../../shared/grant.ts';
import type { SignIn } from '../../store/records.ts';
import { seal, unseal } from '../seal.ts';

/** Links that a command line gives its person, who opens one in a browser to step up the command line's session. */
export type StepUps = {
  linkFor(signIn: Pick<SignIn, 'id'>): StepUpLink;
  /** The id of the session that a link is for; null if it is too old, or none of ours. */
  sessionOf(sealed: string): string | null;
};

const LINK_MS = 600_000;
/** How often the command line asks whether it was stepped up. */
const INTERVAL_MS = 2_000;

export type StepUpsDeps = { clock: Pick<Clock, 'now'>; key: Buffer; publicUrl: string };

export function createStepUps({ clock, key, publicUrl }: StepUpsDeps): StepUps {
  return {
    linkFor({ id }) {
      const sealed = seal(key, JSON.stringify({ id, until: clock.now() + LINK_MS }));
      const url = `${publicUrl}/api/oidc/step-up?session=${sealed}`;
      return { url, expiresInMs: LINK_MS, intervalMs: INTERVAL_MS };
    },
    sessionOf(sealed) {
      const text = unseal(key, sealed);
      if (text === null) return null;
      // This coordinator sealed it, so it has this shape.
      const { id, until }: { id: string; until: number } = JSON.parse(text);
      return until > clock.now() ? id : null;
    },
  };
}
