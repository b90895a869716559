import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { personActor } from '../../../shared/model/actor.ts';
import { Nullable } from '../../../shared/schema.ts';
import type { Auth } from '../../auth/auth.ts';
import type { Flow, Flows } from '../../auth/oidc/flows.ts';
import type { Oidc } from '../../auth/oidc/oidc.ts';
import type { Vouched } from '../../auth/oidc/provider.ts';
import type { ProviderOutcome } from '../../auth/oidc/provider-outcome.ts';
import { returnUrl } from '../../auth/oidc/return-path.ts';
import { isOwnVisit } from '../../auth/origin.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import { type AddressOf, networkOf } from '../../config/client-address.ts';
import { sendNotice } from '../http/notice-page.ts';
import type { Api } from '../http/route.ts';

export type OidcRoutesDeps = {
  /** Null where CONFIG names no provider. */
  oidc: Oidc | null;
  auth: Pick<Auth, 'bySession' | 'openSession' | 'closeSession'>;
  signIns: Pick<SignIns, 'find' | 'failed' | 'stepUp' | 'end'>;
  addressOf: AddressOf;
};

const LoginQuery = Type.Object({
  return: Type.Optional(Type.String({ maxLength: 2000 })),
  stepUp: Type.Optional(Type.Boolean()),
});

/** Allowed difference between the clocks of provider and coordinator. */
const SKEW_MS = 30_000;

const FAILED = 'The sign-in failed';

/** The provider that is configured. Throws `not_found` without one, and `rate_limited` for an address that asks too often. */
export function askedOf(oidc: Oidc | null, address: string): Oidc {
  if (oidc === null) throw new SwitchyardError('not_found', 'No identity provider is configured');
  const wait = oidc.asked.over(networkOf(address));
  if (wait !== null) throw new SwitchyardError('rate_limited', `Too many sign-ins from this address; wait ${wait} s`);
  return oidc;
}

/** Begins a flow in this browser. Resolves to the address at which the provider asks the person. */
export async function beginFlow(
  { flows, provider }: Oidc,
  about: Parameters<Flows['begin']>[0],
  reply: FastifyReply,
): Promise<ProviderOutcome<string>> {
  const { flow, cookie } = flows.begin(about);
  const outcome = await provider.begin(flow, about.stepUpOf !== null);
  if (outcome.kind === 'answered') reply.header('set-cookie', cookie);
  return outcome;
}

/** Shows that the provider could not be asked. */
export const sendAway = (reply: FastifyReply, asked: Oidc, words: string): FastifyReply =>
  sendNotice(reply, 503, {
    title: 'The identity provider cannot be asked',
    text: `${asked.config.issuer}: ${words}. The admin token still signs in.`,
    link: linkTo(asked),
  });

/** Records a failed sign-in, and says why. */
export async function sendFailed(
  { oidc, signIns, addressOf }: Pick<OidcRoutesDeps, 'oidc' | 'addressOf'> & { signIns: Pick<SignIns, 'failed'> },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  why: string,
  status = 403,
): Promise<FastifyReply> {
  await signIns.failed(addressOf(request.raw), why);
  return sendNotice(reply, status, { title: FAILED, text: `${why}.`, ...(oidc && { link: linkTo(oidc) }) });
}

/** Routes for browsers on their way to the identity provider and back. */
export function oidcRoutes(api: Api, { oidc, auth, signIns, addressOf }: OidcRoutesDeps): void {
  api.get(
    '/oidc',
    {
      schema: {
        operationId: 'getOidc',
        summary: 'The identity provider through which people sign in',
        tags: ['session'],
        response: { 200: Type.Object({ issuer: Nullable(Type.String()) }) },
      },
    },
    async () => ({ issuer: oidc?.config.issuer ?? null }),
  );

  api.get(
    '/oidc/login',
    { config: { signsIn: true }, schema: { hide: true, querystring: LoginQuery } },
    async (request, reply) => {
      const asked = askedOf(oidc, addressOf(request.raw));
      const { return: returnTo, stepUp = false } = request.query;
      const signIn = stepUp ? sessionOf(request) : undefined;
      if (stepUp && !signIn?.person) return fail(request, reply, 'You are not signed in through the provider');
      const about = { returnTo: returnUrl(asked.config.publicUrl, returnTo), stepUpOf: signIn?.id ?? null };
      const outcome = await beginFlow(asked, about, reply);
      return outcome.kind === 'answered' ? reply.redirect(outcome.value, 302) : sendAway(reply, asked, outcome.words);
    },
  );

  api.get('/oidc/callback', { config: { signsIn: true }, schema: { hide: true } }, async (request, reply) => {
    const asked = askedOf(oidc, addressOf(request.raw));
    const query = new URL(request.raw.url ?? '', 'http://localhost').search;
    const flow = asked.flows.take(request.headers.cookie, new URLSearchParams(query).get('state'));
    reply.header('set-cookie', asked.flows.clearing);
    if (flow === null)
      return fail(
        request,
        reply,
        'this browser has begun no such sign-in, has ended it already, or took over 10 minutes',
      );
    const outcome = await asked.provider.finish(query, flow);
    if (outcome.kind !== 'answered') return fail(request, reply, outcome.words, outcome.kind === 'away' ? 503 : 403);
    return flow.stepUpOf === null
      ? signedIn(asked, flow, outcome.value, request, reply)
      : steppedUp(asked, flow, outcome.value, request, reply);
  });

  api.get('/oidc/logout', { schema: { hide: true } }, async (request, reply) => {
    const address = addressOf(request.raw);
    const asked = askedOf(oidc, address);
    const signIn = sessionOf(request);
    const home = `${asked.config.publicUrl}/`;
    if (!signIn) return reply.redirect(home, 302);
    const keys = asked.renewals.keysOf(signIn.id);
    reply.header('set-cookie', auth.closeSession());
    await signIns.end(signIn, { actor: signIn.actor, address });
    const outcome = signIn.person ? await asked.provider.signOutUrl(keys) : null;
    return reply.redirect((outcome?.kind === 'answered' ? outcome.value : null) ?? home, 302);
  });

  /** The session of a visit, unless a page of another host caused the visit. */
  const sessionOf = ({ headers }: FastifyRequest) =>
    isOwnVisit(headers) ? auth.bySession(headers.cookie)?.signIn : undefined;

  async function signedIn(asked: Oidc, flow: Flow, vouched: Vouched, request: FastifyRequest, reply: FastifyReply) {
    const opener = asked.openerOf(vouched, addressOf(request.raw));
    if (opener === null) {
      await asked.provider.revoke(vouched.keys);
      return fail(request, reply, `no group of ${nameOf(vouched)} has a grant`);
    }
    reply.header('set-cookie', await auth.openSession(opener, asked.isSecure));
    return reply.redirect(flow.returnTo, 302);
  }

  async function steppedUp(asked: Oidc, flow: Flow, vouched: Vouched, request: FastifyRequest, reply: FastifyReply) {
    // The session keeps its own keys.
    await asked.provider.revoke(vouched.keys);
    const signIn = signIns.find(flow.stepUpOf ?? '');
    if (signIn?.actor !== personActor(vouched.person.subject))
      return fail(request, reply, 'the session that it was for is over, or another person’s');
    if (vouched.provedAt === null || vouched.provedAt < flow.startedAt - SKEW_MS)
      return fail(request, reply, 'the provider does not show that you proved just now who you are (auth_time)');
    await signIns.stepUp(signIn, addressOf(request.raw), 'identity provider');
    return sendNotice(reply, 200, { title: 'Done', text: 'You can close this tab.' });
  }

  const fail = (request: FastifyRequest, reply: FastifyReply, why: string, status?: number) =>
    sendFailed({ oidc, signIns, addressOf }, { request, reply }, why, status);
}

const linkTo = ({ config }: Oidc) => ({ href: `${config.publicUrl}/`, words: 'To the sign-in' });

const nameOf = ({ person: { name, subject } }: Vouched): string => (name === null ? subject : `${name} (${subject})`);
