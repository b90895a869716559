import { named } from '../../../shared/model/actor.ts';
import type { DeviceSignIn, DeviceStatus, SessionView, WhoAmI } from '../../../shared/model/grant.ts';
import { sleep } from '../../../shared/time/clock.ts';
import { createClient } from '../client/client.ts';
import { readServers, serverName } from '../client/config.ts';
import type { Context } from '../client/context.ts';
import { nameOf, readContexts, withContext, writeContexts } from '../client/contexts.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { readSecretLine } from '../terminal/secret-line.ts';
import { loginAgain } from './login-again.ts';
import type { Verb } from './verb.ts';

export const loginVerb: Verb = {
  name: 'login',
  summary: 'Sign in to a coordinator, through your identity provider or with --token, and go on using it',
  takes: '[SERVER]',
  words: { least: 0, most: 1 },
  flags: { token: true, again: true, name: true, utc: true },
  needsNoToken: true,
  examples: [
    'switchyard login https://fleet.example.com',
    'switchyard login --token < alice.token',
    'switchyard login --again',
  ],
  async run(context, [word]) {
    const { config, flags, terminal, times } = context;
    if (flags.again) {
      if (word !== undefined || flags.token || flags.name !== undefined)
        throw new Failure('--again is for the session that you have: it takes nothing else', { exit: EXIT.usage });
      return loginAgain(context);
    }
    const asked = word === undefined ? config : { ...config, ...readServers(word, 'login'), serverFrom: 'login' };
    const anonymous = { ...context, config: asked, client: clientOf(context, asked, '') };
    const token = flags.token ? await givenToken(context) : await deviceToken(anonymous);
    // Asks with the new token, to learn whose it is.
    const { body: who } = await clientOf(context, asked, token).json<WhoAmI>('/api/whoami');
    const server = [asked.server, ...asked.others].map((one) => serverName({ server: one })).join(',');
    const name = flags.name ?? (word === undefined ? config.context : null) ?? nameOf(server);
    const { contextsPath } = config;
    await writeContexts(contextsPath, withContext(readContexts(contextsPath), name, { server, token }));
    const until = who.expiresAt === null ? '' : `, until ${times.full(who.expiresAt)}`;
    if (config.isTokenGiven)
      terminal.err.line('SWITCHYARD_API_TOKEN is set and overrides this sign-in. Unset it to use the sign-in.');
    terminal.err.line(`You are ${named(who.actor, who.name)} at ${server}${until}. The current context is ${name}.`);
    return EXIT.success;
  },
};

export const logoutVerb: Verb = {
  name: 'logout',
  summary: 'End the session of the current context, and forget its token',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {},
  examples: ['switchyard logout'],
  async run({ client, config, terminal }) {
    const { context, contextsPath, isTokenGiven } = config;
    if (context === null || isTokenGiven)
      throw new Failure('the token comes from the environment or config.toml: remove it there', { exit: EXIT.usage });
    const ended = await endSession(client);
    const { current, contexts } = readContexts(contextsPath);
    const server = contexts[context]?.server ?? serverName(config);
    await writeContexts(contextsPath, { current, contexts: { ...contexts, [context]: { server } } });
    terminal.err.line(ended ? 'The session has ended.' : 'The token is forgotten here; it still works.');
    return EXIT.success;
  },
};

/** Whether there was a session; one that is already over counts as ended. */
async function endSession(client: Context['client']): Promise<boolean> {
  try {
    const { body } = await client.json<SessionView[]>('/api/sessions');
    const session = body.find(({ current }) => current);
    if (session) await client.json(`/api/sessions/${session.id}`, { method: 'DELETE' });
    return session !== undefined;
  } catch (error) {
    if (error instanceof Failure && error.message.startsWith('unauthorized')) return true;
    throw error;
  }
}

const clientOf = ({ clock, interrupted }: Context, config: Context['config'], token: string) =>
  createClient({ ...config, token }, clock, interrupted);

async function givenToken({ stdin, terminal, interrupted }: Context): Promise<string> {
  if (stdin.isTTY) terminal.err.begin('Token: ');
  const token = (await readSecretLine(stdin, interrupted)).trim();
  if (stdin.isTTY) terminal.err.line('');
  if (interrupted.aborted) throw new Failure('nothing was done', { exit: EXIT.detached });
  if (!/^[!-~]+$/.test(token))
    throw new Failure('it takes a token on stdin: one word of visible ASCII characters', { exit: EXIT.usage });
  return token;
}

/** Waits while the person signs in with a browser, on this machine or another. */
async function deviceToken({ clock, client, interrupted, terminal }: Context): Promise<string> {
  const { body: begun } = await client.json<DeviceSignIn>('/api/oidc/device', { method: 'POST' });
  const { err } = terminal;
  err.line(
    `Open ${begun.verificationUriComplete ?? begun.verificationUri} and sign in. The code is ${begun.userCode}.`,
  );
  const until = clock.monotonic() + begun.expiresInMs;
  while (clock.monotonic() < until) {
    await sleep(clock, begun.intervalMs, interrupted).catch(() => {
      throw new Failure('nothing was done', { exit: EXIT.detached });
    });
    // The provider may be away for a moment; the code outlasts that.
    const answer = await client.json<DeviceStatus>('/api/oidc/device/token', {
      method: 'POST',
      body: { signIn: begun.signIn },
      accepts: [503],
    });
    if (answer.status === 200 && answer.body.status === 'done') return answer.body.token;
  }
  throw new Failure('the code has expired, and nobody entered it', { exit: EXIT.notAllowed });
}
