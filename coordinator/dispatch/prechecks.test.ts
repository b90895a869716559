import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Compartment, CompartmentName, Compartments } from '../../shared/model/host.ts';
import type { Target } from '../../shared/model/target.ts';
import { OPS, opOnHost } from '../../shared/ops/ops.ts';
import { sampleCommand, sampleId } from '../lifecycle/fixtures/sample.ts';
import { decide, type PrecheckFacts, type Question } from './prechecks.ts';

const TARGET: Target = { commit: 'c1', lockHash: 'l1', branch: 'main', source: 'repo', checkedAt: 1, error: null };

type Statuses = Partial<Record<CompartmentName, Compartment['status']>>;

function compartments(statuses: Statuses = {}): Compartments {
  const one = (name: CompartmentName): Compartment => {
    const status = statuses[name] ?? 'unknown';
    return { status, message: `${name} is ${status}`, since: null };
  };
  return { agent: one('agent'), git: one('git'), lock: one('lock'), system: one('system'), tests: one('tests') };
}

type Given = { host?: Partial<PrecheckFacts>; statuses?: Statuses } & Partial<Omit<Question, 'host'>>;

function ask(opId: string, { host, statuses, ...rest }: Given = {}) {
  return decide({
    opId,
    op: opOnHost(opId, undefined),
    missing: [],
    target: TARGET,
    commit: null,
    quarantined: new Set(),
    shut: null,
    force: false,
    queueMs: null,
    queuedPerHost: 10,
    now: 1000,
    ...rest,
    host: {
      online: true,
      ops: OPS.map(({ id }) => ({ id, completion: 'exit' })),
      slot: null,
      sameOp: null,
      open: null,
      undecided: null,
      running: null,
      reboot: null,
      activating: false,
      compartments: compartments(statuses),
      maintenance: null,
      repoCommit: 'c0',
      queueLength: 0,
      ...host,
    },
  });
}

/** The decision in few words: PENDING, or its status with its code and its alternative, if any. */
function told(...given: Parameters<typeof ask>): string {
  const decision = ask(...given);
  if (decision.status === 'PENDING') return 'PENDING';
  return [decision.status, decision.code, ...(decision.alternative ? ['→', decision.alternative] : [])].join(' ');
}

const slot = sampleCommand({ op: 'switch', id: sampleId(7) });
const reboot = sampleCommand({ op: 'reboot' });
const CURRENT: Statuses = { agent: 'ok', git: 'ok', lock: 'ok', system: 'ok', tests: 'ok' };

/** Each state with the code that it alone leads to, in the order of the checks. */
const POSSIBLE: [code: string, host: Partial<PrecheckFacts>][] = [
  ['host_offline', { online: false }],
  ['command_pending', { slot }],
  ['agent_busy', { open: sampleCommand({ status: 'CANCELLED' }) }],
  ['op_unsupported', { ops: [] }],
  ['rebooting', { reboot }],
];

test('a possible and meaningful op is sent', () => {
  for (const { id, executor } of OPS) if (executor === 'agent') assert.is(told(id), 'PENDING', id);
});

test('an impossible op is blocked even with force', () => {
  for (const [code, host] of POSSIBLE) {
    assert.is(told('switch', { host }), `BLOCKED ${code}`);
    assert.is(told('switch', { host, force: true }), `BLOCKED ${code}`);
  }
});

test('a missing feature is refused before an unknown op', () => {
  const given = { missing: ['preview', 'commit'], host: { ops: [] }, force: true } as const;
  assert.is(told('preview', given), 'BLOCKED agent_too_old');
  assert.match(String(ask('preview', given).message), '(preview, commit)');
  assert.is(told('preview', { ...given, host: { online: false }, queueMs: 500 }), 'QUEUED host_offline');
});

test('the codes are asked in order: an earlier one hides all later ones', () => {
  for (const [index, [code]] of POSSIBLE.entries()) {
    const host = Object.assign({}, ...POSSIBLE.slice(index).map(([, state]) => state));
    assert.is(told('switch', { host, statuses: { git: 'outdated' } }), `BLOCKED ${code}`);
  }
});

test('offline, busy and rebooting are waited out with queueMs, an unknown op is not', () => {
  for (const [code, host] of POSSIBLE) {
    const expected = code === 'op_unsupported' ? 'BLOCKED' : 'QUEUED';
    assert.is(told('switch', { host, queueMs: 500 }), `${expected} ${code}`);
  }
  const queued = ask('switch', { host: { online: false }, queueMs: 500 });
  assert.ok(queued.status === 'QUEUED' && queued.queuedUntil === 1500);
});

test('an op that the table does not know is unsupported, unless the host advertises it', () => {
  assert.is(told('lint'), 'BLOCKED op_unsupported');
  const op = opOnHost('lint', 'exit');
  assert.is(told('lint', { op, host: { ops: [{ id: 'lint', completion: 'exit' }] } }), 'PENDING');
});

test('a busy host names the command in the way', () => {
  const { message } = ask('pull', { host: { slot } });
  assert.is(message, 'switch is under way there (EXECUTING)');
  const open = sampleCommand({ op: 'test', id: sampleId(8), status: 'TIMEOUT' });
  assert.match(String(ask('pull', { host: { open } }).message), 'test still runs there');
});

test('a host that runs an untracked command is busy', () => {
  const running = { id: sampleId(9), op: 'switch', pid: 1, startedAt: 1, phase: null };
  assert.is(told('pull', { host: { running } }), 'BLOCKED agent_busy');
  assert.is(told('pull', { host: { running }, queueMs: 1 }), 'QUEUED agent_busy');
});

test('restart and reboot pass a taken slot and an untracked process; only their own kind is in their way', () => {
  for (const op of ['restart', 'reboot']) {
    assert.is(told(op, { host: { slot, open: sampleCommand({ status: 'CANCELLED' }) } }), 'PENDING');
    assert.is(told(op, { host: { sameOp: sampleCommand({ op }) } }), 'BLOCKED command_pending');
    assert.is(told(op, { host: { sameOp: sampleCommand({ op }) }, queueMs: 1 }), 'QUEUED command_pending');
  }
  assert.is(told('restart', { host: { reboot } }), 'BLOCKED rebooting');
  assert.is(told('pull', { host: { sameOp: sampleCommand({ op: 'restart' }) } }), 'PENDING');
});

test('a commit in the options replaces the target', () => {
  const at = (repoCommit: string | null, statuses: Statuses = {}) => ({ commit: 'c9', host: { repoCommit }, statuses });
  const BEHIND: Statuses = { agent: 'ok', git: 'outdated', lock: 'outdated', system: 'ok' };
  assert.is(told('pull', at('c9', BEHIND)), 'BLOCKED already_current');
  assert.is(told('pull-switch', at('c9', BEHIND)), 'BLOCKED already_current');
  assert.is(told('pull-switch', at('c9', { ...BEHIND, system: 'outdated' })), 'PENDING');
  assert.is(told('pull', { ...at('c9', BEHIND), force: true }), 'PENDING');
  assert.is(told('pull', at('c1', CURRENT)), 'PENDING', 'at the target, which is not what is asked for');
  assert.is(told('pull', at(null, CURRENT)), 'PENDING');
  assert.is(told('pull', { ...at('c9'), target: null }), 'BLOCKED already_current', 'also where no target is known');
});

test("if the named commit is the target's, so is its flake.lock", () => {
  const at = (lock: Compartment['status']) => ({
    commit: 'c1',
    host: { repoCommit: 'c1' },
    statuses: { ...CURRENT, lock },
  });
  assert.is(told('pull', at('ok')), 'BLOCKED already_current');
  assert.is(told('pull', at('outdated')), 'PENDING');
});

test('a reboot during an activation needs force, and queueMs does not help', () => {
  assert.is(told('reboot', { op: opOnHost('reboot', 'reboot'), host: { activating: true } }), 'BLOCKED activating');
  assert.is(told('reboot', { host: { activating: true }, queueMs: 1 }), 'BLOCKED activating');
  assert.is(told('reboot', { host: { activating: true }, force: true }), 'PENDING');
  assert.is(told('restart', { host: { activating: true } }), 'PENDING');
});

test('a command that may wait goes behind the waiting ones; one that may not, or needs no slot, does not wait', () => {
  assert.is(told('pull', { host: { queueLength: 1 }, queueMs: 1 }), 'QUEUED command_pending');
  assert.is(told('pull', { host: { queueLength: 1 } }), 'PENDING');
  assert.is(told('restart', { host: { queueLength: 1 }, queueMs: 1 }), 'PENDING');
});

test('a waiting command is checked for meaning when it is woken, not before', () => {
  assert.is(told('pull', { host: { slot }, statuses: CURRENT, queueMs: 1 }), 'QUEUED command_pending');
  assert.is(told('pull', { statuses: CURRENT }), 'BLOCKED already_current');
});

test('a full queue takes no more and says so', () => {
  const full = ask('pull', { host: { online: false, queueLength: 10 }, queueMs: 1 });
  assert.ok(full.status === 'BLOCKED' && full.code === 'host_offline');
  assert.match(String(full.message), 'its queue is full (10 commands)');
  assert.is(told('pull', { host: { online: false, queueLength: 9 }, queueMs: 1 }), 'QUEUED host_offline');
});

test('pull, switch and pull-switch need a target that can be fetched, the others do not', () => {
  const target = { ...TARGET, error: 'no answer' };
  for (const { id, executor } of OPS) {
    if (executor !== 'agent') continue;
    const needs = ['pull', 'switch', 'pull-switch'].includes(id);
    assert.is(told(id, { target }), needs ? 'BLOCKED remote_unavailable' : 'PENDING', id);
    assert.is(told(id, { target, force: true }), 'PENDING', id);
  }
  assert.match(String(ask('pull', { target }).message), 'no answer');
});

test('a switch of an outdated checkout asks for a pull first', () => {
  assert.is(told('switch', { statuses: { git: 'outdated', lock: 'outdated' } }), 'BLOCKED git_outdated → pull');
  assert.is(told('switch', { statuses: { lock: 'outdated' } }), 'BLOCKED lock_outdated → pull');
  assert.is(told('switch', { statuses: { git: 'outdated' }, force: true }), 'PENDING');
  assert.is(told('pull-switch', { statuses: { git: 'outdated', lock: 'outdated' } }), 'PENDING');
  assert.is(told('force-rebuild', { statuses: { git: 'outdated', lock: 'outdated' } }), 'PENDING');
});

test('an op is already current only if everything that it would change is as it should be', () => {
  const but = (name: CompartmentName, status: Compartment['status']) => ({ statuses: { ...CURRENT, [name]: status } });
  assert.is(told('pull', { statuses: CURRENT }), 'BLOCKED already_current');
  assert.is(told('switch', { statuses: CURRENT }), 'BLOCKED already_current');
  assert.is(told('pull-switch', { statuses: CURRENT }), 'BLOCKED already_current');
  assert.is(told('force-rebuild', { statuses: CURRENT }), 'PENDING');
  assert.is(told('pull', { statuses: CURRENT, force: true }), 'PENDING');

  assert.is(told('pull', but('git', 'outdated')), 'PENDING');
  assert.is(told('pull', but('lock', 'unknown')), 'PENDING');
  assert.is(told('pull', but('system', 'outdated')), 'BLOCKED already_current');
  assert.is(told('switch', but('system', 'outdated')), 'PENDING');
  assert.is(told('switch', but('agent', 'outdated')), 'PENDING');
  assert.is(told('switch', but('agent', 'unknown')), 'BLOCKED already_current');
  for (const name of ['git', 'lock', 'system', 'agent'] as const)
    assert.is(told('pull-switch', but(name, 'outdated')), 'PENDING', name);
});

test('with no target known nothing is meaningless', () => {
  const unread = { ...TARGET, commit: null, checkedAt: null };
  for (const target of [null, unread, { ...unread, source: null, error: 'none is configured' }])
    for (const statuses of [CURRENT, { git: 'outdated', lock: 'outdated' } as const])
      for (const op of ['pull', 'switch', 'pull-switch']) assert.is(told(op, { target, statuses }), 'PENDING', op);
});

test.run();
