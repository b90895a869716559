import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../model/command.ts';
import type { CompartmentName, Host } from '../model/host.ts';
import type { CheckStatus } from '../model/report.ts';
import { hostSentence, hostState, untrackedOn } from './host-look.ts';

const NOW = 100_000_000;

type Known = Partial<Omit<Host, 'compartments'>> & { compartments?: Partial<Record<CompartmentName, CheckStatus>> };

const host = ({ compartments, ...known }: Known = {}): Host => {
  const statuses = { agent: 'ok', git: 'ok', lock: 'ok', system: 'ok', tests: 'unknown', ...compartments };
  return {
    id: 'h',
    name: 'web1',
    online: true,
    claimedTags: [],
    platform: 'nixos',
    ops: [],
    activeCommandId: null,
    lastSeenAt: NOW - 120_000,
    report: null,
    ...known,
    compartments: Object.fromEntries(Object.entries(statuses).map(([name, status]) => [name, { status }])),
  } as unknown as Host;
};

const command = (known: Partial<Command>): Command => ({ op: 'switch', ...known }) as Command;
const state = (known: Known = {}, latest?: Command) => hostState(host(known), latest, false);
const say = (known: Known = {}, work: Partial<Parameters<typeof hostSentence>[2]> = {}) =>
  hostSentence(host(known), state(known), { active: undefined, queued: [], ...work }, NOW);

test('a host is in one state: a need for a person wins, and an offline host is never ok', () => {
  assert.is(hostState(host(), undefined, true), 'attention');
  assert.is(state({ online: false, activeCommandId: 'x' }), 'offline');
  assert.is(state({ activeCommandId: 'x', compartments: { git: 'error' } }), 'working');
  const running = { running: { op: 'test' } } as Host['report'];
  assert.is(state({ report: running }), 'working', 'what is no longer tracked still runs');
  assert.is(state({ report: running }, command({ status: 'TIMEOUT' })), 'working');
  assert.is(state({ compartments: { system: 'working' } }), 'working');
  assert.is(state({}, command({ status: 'ERROR' })), 'failed');
  assert.is(state({ compartments: { lock: 'error', git: 'outdated' } }), 'failed');
  assert.is(state({ compartments: { git: 'outdated' } }), 'outdated');
  assert.is(state(), 'ok');
});

test("a running command is untracked unless it is the host's present one", () => {
  const running = { id: 'b', op: 'test' } as NonNullable<Host['report']>['running'];
  const report = { running } as Host['report'];
  assert.is(untrackedOn({ report, activeCommandId: null }), running);
  assert.is(untrackedOn({ report, activeCommandId: 'a' }), running, 'a restart goes on beside it');
  assert.is(untrackedOn({ report, activeCommandId: 'b' }), null);
  assert.is(untrackedOn({ report: null, activeCommandId: null }), null);
  assert.is(untrackedOn({ report: { running: null } as Host['report'], activeCommandId: null }), null);
});

test('a host is ok only if everything but its own tests is known to be ok', () => {
  for (const name of ['agent', 'git', 'lock', 'system'] as const)
    assert.is(state({ compartments: { [name]: 'unknown' } }), 'unknown', name);
  assert.match(
    say({ compartments: { lock: 'unknown', system: 'unknown' } }),
    /Can't tell if it's up to date \(lock, system unknown\)/,
  );
  assert.is(say(), 'web1 is online and up to date.');
});

test('a custom host whose ops never tell of a system is ok without one', () => {
  const compartments = { system: 'unknown' } as const;
  const ops = (...ids: string[]) => ids.map((id) => ({ id, completion: 'exit' as const }));
  assert.is(state({ platform: 'custom', ops: ops('pull', 'test', 'deploy'), compartments }), 'ok');
  assert.is(state({ platform: 'custom', ops: ops('pull', 'refresh-system'), compartments }), 'unknown');
  assert.is(state({ platform: 'nixos', ops: ops('pull'), compartments }), 'unknown');
  assert.is(state({ platform: 'custom', ops: ops('pull'), compartments: { system: 'error' } }), 'failed');
  assert.is(
    state({ platform: 'custom', ops: ops('pull'), compartments: { ...compartments, agent: 'unknown' } }),
    'unknown',
  );
});

test("a host's own tests do not decide its state: they may be older than the last rollout", () => {
  for (const tests of ['outdated', 'error', 'unknown'] as const)
    assert.is(state({ compartments: { tests } }, command({ status: 'SUCCESS' })), 'ok', tests);
  assert.is(state({ compartments: { tests: 'working' } }), 'working', 'that they run is what it is at');
});

test("the sentence names the host's work and its waiting commands", () => {
  const queued = [command({ op: 'pull' })];
  assert.is(
    say({ activeCommandId: 'x' }, { active: command({}), queued }),
    'web1 is online. Under way: switch. Queued: pull.',
  );
  assert.is(say({ online: false }, { queued }), 'web1 is offline. It was last seen 2 min ago. Queued: pull.');
  assert.is(say({ online: false, lastSeenAt: null }, { queued }), 'web1 has never connected. Queued: pull.');
  const report = { running: { op: 'test' } } as Host['report'];
  const working = { compartments: { tests: 'working' }, report } as const;
  assert.is(say(working), 'web1 is online. test still runs on it, and is no longer tracked.');
});

test.run();
