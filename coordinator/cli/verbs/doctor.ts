import type { Problem } from '../../../shared/api/resources.ts';
import { named } from '../../../shared/model/actor.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import type { WhoAmI } from '../../../shared/model/grant.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { Target } from '../../../shared/model/target.ts';
import { isInTheClear } from '../../../shared/network/in-the-clear.ts';
import { age } from '../../../shared/time/spans.ts';
import { version } from '../../../shared/version.ts';
import { createClient } from '../client/client.ts';
import { type Config, serverName } from '../client/config.ts';
import type { Context } from '../client/context.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import type { Verb } from './verb.ts';

type Level = 'ok' | 'warn' | 'fail';
/** `advice`: what to do; null if there is nothing to do. */
type Finding = { check: string; level: Level; message: string; advice: string | null };

const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message, advice: null });
const warn = (check: string, message: string, advice: string): Finding => ({ check, level: 'warn', message, advice });
const fail = (check: string, message: string, advice: string): Finding => ({ check, level: 'fail', message, advice });

const SKEW_WARN_MS = 2_000;
const SKEW_FAIL_MS = 30_000;
const SOON_MS = 3_600_000;
const NAMED = 5;

export const doctorVerb: Verb = {
  name: 'doctor',
  summary: 'Check the way to the coordinator and its hosts, and say what to do',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  needsNoToken: true,
  examples: ['switchyard doctor'],
  async run(context) {
    const { flags, terminal } = context;
    const findings = await examine(context);
    const { out } = terminal;
    if (flags.json) out.json(findings);
    else
      for (const { check, level, message, advice } of findings)
        out.line(`${level.padEnd(4)}  ${check}: ${message}${advice === null ? '' : `. ${advice}`}`);
    return findings.some(({ level }) => level === 'fail') ? EXIT.badEnd : EXIT.success;
  },
};

/** The checks in order, up to one that makes the rest impossible. */
async function examine(context: Context): Promise<Finding[]> {
  const { client, config, clock } = context;
  const get = async <Body>(path: string): Promise<Body> => (await client.json<Body>(path)).body;
  const several = config.others.length > 0 ? await ofServers(context) : null;
  if (several?.every(({ level }) => level === 'fail')) return several;
  const health = await heard(get<{ version?: string }>('/healthz'));
  if ('fault' in health) return [...(several ?? []), fail('server', health.fault, IS_IT_THERE)];
  const skew = Math.abs(client.now() - clock.now());
  const findings = [
    ...(several ?? [answering(config, 'answers')]),
    ...ofVersion(health.body.version),
    skew > SKEW_WARN_MS
      ? (skew > SKEW_FAIL_MS ? fail : warn)(
          'clock',
          `this machine and the coordinator are ${age(skew)} apart`,
          'Let both follow NTP',
        )
      : ok('clock', 'this machine and the coordinator agree within 2 s'),
  ];
  if (config.token === '') return [...findings, fail('token', 'there is none', 'switchyard login')];
  const who = await heard(get<WhoAmI>('/api/whoami'));
  if ('fault' in who) return [...findings, fail('token', who.fault, 'switchyard login, or another token')];
  const target = await heard(get<Target>('/api/target'));
  const attention = await heard(get<AttentionItem[]>('/api/attention'));
  const hosts = await heard(client.list<Host>('/api/hosts?limit=500', 'after'));
  return [
    ...findings,
    ofToken(context, who.body),
    'fault' in target ? fail('target', target.fault, 'See the coordinator’s log') : ofTarget(target.body),
    ...('fault' in attention ? [] : ofStore(attention.body)),
    ...('fault' in hosts ? [fail('hosts', hosts.fault, 'See the coordinator’s log')] : ofHosts(hosts.body)),
  ];
}

const IS_IT_THERE = 'Is the address right, and does the coordinator run there?';

function answering(config: Config, does: string): Finding {
  const words = `${serverName(config)} (${config.serverFrom}) ${does}`;
  return isInTheClear(config.server)
    ? warn('server', `${words}, unencrypted`, 'Put a TLS proxy in front of it')
    : ok('server', words);
}

/** One finding for each of several coordinators. One that is away is a failure only where none leads. */
async function ofServers({ config, clock, interrupted }: Context): Promise<Finding[]> {
  const found = await Promise.all(
    [config.server, ...config.others].map(async (server) => {
      const one = { ...config, server, others: [] };
      const ready = createClient(one, clock, interrupted).json<Partial<Problem> | null>('/readyz', { accepts: [503] });
      return { one, heard: await heard(ready) };
    }),
  );
  const isLed = found.some(({ heard }) => 'body' in heard && heard.body.status === 200);
  const amiss = isLed ? warn : fail;
  return found.map(({ one, heard }) => {
    if ('fault' in heard) return amiss('server', heard.fault, IS_IT_THERE);
    const { status, body } = heard.body;
    if (status === 200) return answering(one, 'leads');
    const where = `${serverName(one)} (${one.serverFrom})`;
    if (body?.code !== 'standby')
      return amiss('server', `${where} does not lead: ${body?.detail ?? `HTTP ${status}`}`, 'See its log');
    return isLed
      ? answering(one, 'stands by')
      : fail('server', `${where} stands by, and none leads`, 'One takes the lead within 15 s: ask again');
  });
}

/** The answer, or the fault in words. */
async function heard<Body>(asked: Promise<Body>): Promise<{ body: Body } | { fault: string }> {
  try {
    return { body: await asked };
  } catch (error) {
    if (!(error instanceof Failure) || error.exit === EXIT.detached) throw error;
    return { fault: error.message };
  }
}

const ofVersion = (theirs: string | undefined): Finding[] =>
  theirs === undefined
    ? []
    : [
        theirs === version
          ? ok('version', `both are ${version}`)
          : warn('version', `the coordinator is ${theirs}, this program ${version}`, 'Use the same version of both'),
      ];

function ofToken({ client, times }: Context, who: WhoAmI): Finding {
  const left = who.expiresAt === null ? null : who.expiresAt - client.now();
  const until = who.expiresAt === null ? '' : ` until ${times.full(who.expiresAt)}`;
  const words = `you are ${named(who.actor, who.name)}, ${who.grants.map(({ role }) => role).join(' and ')}${until}`;
  if (who.actor === 'admin')
    return warn('token', words, 'Keep the admin token for emergencies: switchyard token create YOUR-NAME --role admin');
  return left !== null && left < SOON_MS ? warn('token', words, 'It ends soon: switchyard login') : ok('token', words);
}

function ofTarget({ source, commit, error, branch }: Target): Finding {
  if (source === null)
    return warn('target', 'none is configured: no host counts as outdated', 'Name it in [target] of CONFIG');
  if (error !== null)
    return fail('target', `${source} cannot be read: ${error}`, 'See docs/access.md, Targets and remotes');
  return ok('target', `${source}, ${branch ?? ''} ${commit?.slice(0, 8) ?? ''}`);
}

/** Warns only of a store that was put back. */
const ofStore = (attention: readonly AttentionItem[]): Finding[] =>
  attention
    .filter(({ kind }) => kind === 'store_rewound')
    .map(({ message }) => warn('store', message, 'See docs/high-availability.md, What may be lost'));

function ofHosts(hosts: readonly Host[]): Finding[] {
  if (hosts.length === 0) return [warn('hosts', 'there are none', 'switchyard host add NAME')];
  const lists: [who: Host[], words: string, advice: string][] = [
    [
      hosts.filter(({ lastSeenAt }) => lastSeenAt === null),
      'never had an agent',
      'Install it there: switchyard host token NAME',
    ],
    [
      hosts.filter(({ online, lastSeenAt }) => !online && lastSeenAt !== null),
      'are offline',
      'There, switchyard-agent --check says why',
    ],
    [
      hosts.filter(({ online, compartments }) => online && compartments.git.status === 'unknown'),
      'cannot be compared with the target',
      'switchyard show NAME says why',
    ],
  ];
  const found = lists.filter(([who]) => who.length > 0);
  if (found.length === 0) return [ok('hosts', `all ${hosts.length} are online and compared with the target`)];
  return found.map(([who, words, advice]) => {
    const names = who
      .slice(0, NAMED)
      .map(({ name }) => name)
      .join(', ');
    const more = who.length > NAMED ? ` and ${who.length - NAMED} more` : '';
    return warn('hosts', `${who.length} of ${hosts.length} ${words}: ${names}${more}`, advice);
  });
}
