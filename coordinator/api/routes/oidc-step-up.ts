import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { StepUpLink } from '../../../shared/model/grant.ts';
import type { Oidc } from '../../auth/oidc/oidc.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { AddressOf } from '../../config/client-address.ts';
import { sendNotice } from '../http/notice-page.ts';
import type { Api } from '../http/route.ts';
import { askedOf, beginFlow, sendAway, sendFailed } from './oidc.ts';

export type OidcStepUpRoutesDeps = {
  oidc: Oidc | null;
  signIns: Pick<SignIns, 'find' | 'failed'>;
  addressOf: AddressOf;
};

const Query = Type.Object({ session: Type.String({ maxLength: 2000 }) });

/**
 * The step-up of a command line: its person opens a link in any browser and signs in afresh. Any other person who opens it
 * reads whose session it is and steps up nothing, because the session takes only its own person's sign-in.
 */
export function oidcStepUpRoutes(api: Api, { oidc, signIns, addressOf }: OidcStepUpRoutesDeps): void {
  api.post('/oidc/step-up', { schema: { hide: true } }, async ({ caller, raw }): Promise<StepUpLink> => {
    const address = addressOf(raw);
    const asked = askedOf(oidc, address);
    const { signIn } = caller;
    if (!signIn?.person)
      throw new SwitchyardError(
        'step_up_required',
        'Only the session of a person of the identity provider steps up there; the admin token needs no step-up',
      );
    return asked.stepUps.linkFor(signIn, address);
  });

  api.get(
    '/oidc/step-up',
    { config: { signsIn: true }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const asked = askedOf(oidc, addressOf(request.raw));
      const link = asked.stepUps.read(request.query.session);
      const signIn = link && signIns.find(link.id);
      if (!link || !signIn?.person)
        return sendFailed({ oidc, signIns, addressOf }, { request, reply }, 'this link is no longer good');
      const { publicUrl, issuer } = asked.config;
      const told = await beginFlow(asked, { returnTo: `${publicUrl}/`, stepUpOf: signIn.id }, reply);
      if (told.kind !== 'answered') return sendAway(reply, asked, told.words);
      const { actor, person } = signIn;
      return sendNotice(reply, 200, {
        title: 'A command line asks who you are',
        text: `It is signed in as ${person.name ?? actor}, and asks from ${link.address}. Go on only if you have just run “switchyard login --again” there.`,
        link: { href: told.value, words: `Prove it at ${new URL(issuer).host}` },
      });
    },
  );
}
