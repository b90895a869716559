import { named } from '../../../shared/model/actor.ts';
import type { StepUpLink, WhoAmI } from '../../../shared/model/grant.ts';
import { sleep } from '../../../shared/time/clock.ts';
import type { Context } from '../client/context.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';

/** Waits while the person of the session signs in afresh, in any browser. */
export async function loginAgain({ client, clock, interrupted, terminal, times }: Context): Promise<ExitStatus> {
  const { err } = terminal;
  const me = async (): Promise<WhoAmI> => (await client.json<WhoAmI>('/api/whoami')).body;
  const before = (await me()).steppedUpUntil ?? 0;
  const { body: link } = await client.json<StepUpLink>('/api/oidc/step-up', { method: 'POST' });
  err.line(`Open ${link.url} and sign in again.`);
  const until = clock.monotonic() + link.expiresInMs;
  while (clock.monotonic() < until) {
    await sleep(clock, link.intervalMs, interrupted).catch(() => {
      throw new Failure('nothing was done', { exit: EXIT.detached });
    });
    const who = await me();
    if (who.steppedUpUntil !== null && who.steppedUpUntil > before) {
      err.line(`${named(who.actor, who.name)} has stepped up, until ${times.full(who.steppedUpUntil)}.`);
      return EXIT.success;
    }
  }
  throw new Failure('the link has expired, and nobody signed in again', { exit: EXIT.notAllowed });
}
