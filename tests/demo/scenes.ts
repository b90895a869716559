import { agentBundle } from '../../scripts/built-programs.ts';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive, type Status, type Verdict } from '../../shared/model/command.ts';
import type { OutcomeCode } from '../../shared/model/outcomes.ts';
import { playRollout } from './rollout-scene.ts';
import { coloured, lookOf, screen } from './screen.ts';
import type { Stage } from './stage.ts';

/** How a command must end for the demo to pass. */
type Expected = { status: Status; freshness?: Verdict['freshness']; code?: OutcomeCode };

type Played = {
  op: string;
  hosts: readonly string[];
  /** Its output is shown as it comes. */
  shown: string;
  options?: Record<string, unknown>;
  expected: Expected;
};

const SUCCESS: Expected = { status: 'SUCCESS' };

/** Plays all scenes; resolves to the number of unexpected outcomes. */
export async function playScenes(stage: Stage): Promise<number> {
  const { fleet } = stage;
  let wrong = 0;
  const play = async (played: Played) => {
    wrong += await dispatchAndWatch(stage, played);
  };
  const pushed = async (commit: string, what: string) => {
    screen.text(`pushed ${commit.slice(0, 12)}: ${what}`);
    await stage.api.refreshTarget();
  };
  const all = ['web1', 'web2', 'db1'];

  screen.title('1  The flake brings a new build of the agent: pull and switch all three hosts');
  await pushed(await fleet.bumpAgent(agentBundle), `the agent of commit ${fleet.pin().slice(0, 12)}, and its build`);
  await play({ op: 'pull', hosts: all, shown: 'web1', expected: SUCCESS });
  await play({ op: 'switch', hosts: all, shown: 'web1', expected: { status: 'SUCCESS', freshness: 'FRESH' } });

  screen.title('2  Only the configuration of web2 changes: its agent may stay what it is');
  await pushed(fleet.commitConfig('web2', 'welcome to web2\n'), 'another motd for web2');
  await play({ op: 'pull', hosts: ['web2'], shown: 'web2', expected: SUCCESS });
  await play({
    op: 'switch',
    hosts: ['web2'],
    shown: 'web2',
    expected: { status: 'SUCCESS', freshness: 'UNCHANGED' },
  });

  screen.title('3  The lock pins a newer agent, but the build stayed the old one: that must not pass for a success');
  await pushed(
    fleet.bumpPinOnly(),
    `the lock pins the agent of commit ${fleet.pin().slice(0, 12)}, which nobody built`,
  );
  await play({ op: 'pull', hosts: ['web1'], shown: 'web1', expected: SUCCESS });
  await play({
    op: 'switch',
    hosts: ['web1'],
    shown: 'web1',
    expected: { status: 'STALE_BINARY', freshness: 'STALE' },
  });

  screen.title('4  The tests of db1, one of which fails');
  fleet.commitTest('db1', '20-probes.sh', 'for i in 1 2 3; do echo "probe $i of 3"; sleep 0.3; done');
  await pushed(fleet.breakTest('db1', '30-backup.sh'), 'two more tests for db1');
  await play({ op: 'pull', hosts: ['db1'], shown: 'db1', expected: SUCCESS });
  await play({ op: 'test', hosts: ['db1'], shown: 'db1', expected: { status: 'ERROR' } });

  screen.title('5  A configuration that cuts web2 off: nobody can reach it any more, so it has to come back by itself');
  if (!stage.usesNix) {
    screen.state('attention', 'left out, as the next: only a system that Nix built can go back, and there is no nix');
    return wrong;
  }
  const before = await systemOf(stage);
  await pushed(
    fleet.commitSystem('web2', { firewall: 'drop everything\n' }),
    'a firewall for web2 that drops everything',
  );
  await play({
    op: 'pull-switch',
    hosts: ['web2'],
    shown: 'web2',
    options: { guard: 'on', confirmMs: 4_000 },
    expected: { status: 'ROLLED_BACK', code: 'not_confirmed' },
  });
  wrong += await showReturn(stage, before);

  screen.title(
    '6  A rollout over five hosts meets a bad commit in its second wave: it stops, and nothing behind it runs',
  );
  fleet.commitSystem('web2', { firewall: '' });
  return wrong + (await playRollout(stage));
}

const systemOf = async ({ api }: Stage) => {
  const { online, report } = await api.host('web2');
  return { online, active: report?.systemPath, profile: report?.profilePath };
};

/** 0 where web2 is in contact, with all as it was before. */
async function showReturn(stage: Stage, before: Awaited<ReturnType<typeof systemOf>>): Promise<0 | 1> {
  const { online, active, profile } = await systemOf(stage);
  const isBack = online && active === before.active && profile === before.profile;
  if (isBack) screen.state('ok', `web2 is in contact, on ${stage.shorten(active ?? '')} as before`);
  else screen.state('error', `web2 is ${online ? 'in' : 'out of'} contact, on ${active}, its profile on ${profile}`);
  return isBack ? 0 : 1;
}

/** Resolves to the number of hosts on which it ended otherwise than expected. */
async function dispatchAndWatch(stage: Stage, { op, hosts, shown, options = {}, expected }: Played): Promise<number> {
  const { api } = stage;
  screen.text(`› ${op} on ${hosts.join(', ')}`);
  const exits = new Map(hosts.map((host) => [host, stage.host(host).agent.exits.length]));
  const { answer } = await api.dispatch({ op, hosts: [...hosts], options });
  const watched = answer.results.map(async ({ commandId, host }) => {
    if (host === shown) await showOutput(stage, commandId, host);
    const ended = await waitFor(`${op} on ${host}`, () => api.command(commandId), isEnded);
    return { host, ended };
  });
  let wrong = 0;
  for (const { host, ended } of await Promise.all(watched)) {
    if (!showEnd(stage, host, ended, expected)) wrong += 1;
    for (const { code, signal } of stage.host(host).agent.exits.slice(exits.get(host)))
      screen.reason(`meanwhile its agent left with ${signal ?? `status ${code}`} and was started again`);
  }
  return wrong;
}

const isEnded = ({ status }: CommandView): boolean => !isActive(status);

async function showOutput({ api, shorten }: Stage, commandId: string, host: string): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of await api.follow(commandId)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) screen.output(host, shorten(line));
  }
  if (rest) screen.output(host, shorten(rest));
}

/** The outcome and its proof; true if it is the expected one. */
function showEnd({ shorten }: Stage, host: string, command: CommandView, expected: Expected): boolean {
  const { op, status, code, verdict, evidence, message, hint, createdAt, finishedAt } = command;
  const freshness = verdict?.freshness;
  const isExpected =
    status === expected.status &&
    (expected.code === undefined ? freshness === expected.freshness : code === expected.code);
  const look = lookOf(status);
  const seconds = (((finishedAt ?? createdAt) - createdAt) / 1000).toFixed(1);
  const comment = isExpected && status !== 'SUCCESS' ? '  (as expected)' : '';
  screen.state(
    look,
    `${host.padEnd(4)} ${op.padEnd(6)} ${coloured(look, worded(status, freshness))}  ${seconds} s${comment}`,
  );
  if (verdict) screen.reason(shorten(verdict.reason));
  else if (status !== 'SUCCESS') screen.reason(`${message} (${code})`);
  for (const { name, exitCode, durationMs } of evidence?.tests ?? [])
    screen.reason(`${exitCode === 0 ? '✓' : '✕'} ${name}  exit code ${exitCode}, ${durationMs} ms`);
  if (hint) screen.reason(`hint: ${hint}`);
  if (!isExpected) screen.state('error', `expected was ${worded(expected.status, expected.freshness)}`);
  return isExpected;
}

const worded = (status: Status, freshness: string | undefined): string =>
  freshness === undefined ? status : `${status}, verdict ${freshness}`;
