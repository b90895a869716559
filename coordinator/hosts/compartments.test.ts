import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../shared/command.ts';
import type { CompartmentName } from '../../shared/host.ts';
import type { Check, Report } from '../../shared/report.ts';
import type { Target } from '../../shared/target.ts';
import { sampleCommand, sampleReport } from '../lifecycle/fixtures/sample.ts';
import { type CompartmentFacts, compartmentsOf, trackSince } from './compartments.ts';
import { NO_PAST, remember } from './compartments-past.ts';

const TARGET: Target = { commit: 'c1', lockHash: 'l1', branch: 'main', source: 'repo', checkedAt: 1, error: null };
const FAILED: Target = { ...TARGET, error: 'git: no answer' };

type Given = Partial<Omit<CompartmentFacts, 'report' | 'past'>> & {
  report?: Partial<Report> | null;
  ended?: Partial<Command>[];
};

function derive({ platform = null, ops = [], report = {}, target = TARGET, ended = [], running = [], ...rest }: Given) {
  const past = ended.map((known) => sampleCommand({ status: 'SUCCESS', ...known })).reduce(remember, NO_PAST);
  const given = report && sampleReport(report);
  return compartmentsOf({ platform, ops, report: given, reportedAt: null, target, past, running, ...rest });
}

const status = (name: CompartmentName, given: Given) => derive(given)[name].status;

const check = (of: Check['status'], checkedAt: number): Check => ({ status: of, message: `said ${of}`, checkedAt });
const running = (commit: string | null, path: string | null, hash: string | null) => ({
  sourceCommit: commit,
  storePath: path,
  binaryHash: hash,
});

test('a custom host without system ops says so, and says what to do about an unknown agent', () => {
  const ops = (...ids: string[]) => ids.map((id) => ({ id, completion: 'exit' as const }));
  const custom = derive({ platform: 'custom', ops: ops('pull', 'deploy') });
  assert.match(custom.system.message, /^No op of this host reports a system/);
  assert.match(custom.agent.message, /set SWITCHYARD_INSTALLED_PATH on the host/);
  assert.is(derive({ platform: 'custom', ops: ops('refresh-system') }).system.message, 'Never checked');
  assert.is(derive({ platform: 'nixos' }).system.message, 'Never checked');
  const checked = { report: { checks: { system: check('error', 5) } } };
  assert.is(status('system', { platform: 'custom', ops: ops('pull'), ...checked }), 'error');
});

test('git compares the checkout with the target', () => {
  assert.is(status('git', { report: { repoCommit: 'c1' } }), 'ok');
  assert.is(status('git', { report: { repoCommit: 'c0' } }), 'outdated');
  assert.is(status('git', { report: { repoCommit: null } }), 'unknown');
  assert.is(status('git', { report: null }), 'unknown');
});

test("lock compares flake.lock's hash with the target's", () => {
  assert.is(status('lock', { report: { repoCommit: 'c1', lockHash: 'l1' } }), 'ok');
  assert.is(status('lock', { report: { repoCommit: 'c1', lockHash: 'l0' } }), 'outdated');
  assert.is(status('lock', { report: { repoCommit: 'c1', lockHash: null } }), 'outdated');
  assert.is(status('lock', { report: { repoCommit: null, lockHash: null } }), 'unknown');
  const noLock = { ...TARGET, lockHash: null };
  assert.is(status('lock', { report: { repoCommit: 'c1', lockHash: 'l1' }, target: noLock }), 'unknown');
  assert.is(status('lock', { report: { repoCommit: 'c1', lockHash: null }, target: noLock }), 'ok');
});

test('a flake.lock that the host could not read is an error', () => {
  assert.is(status('lock', { report: { checks: { lock: check('error', 1) } } }), 'error');
});

test('without a known target git and lock are unknown', () => {
  for (const target of [
    null,
    { ...TARGET, source: null, commit: null },
    { ...TARGET, commit: null, checkedAt: null },
  ]) {
    assert.is(status('git', { report: { repoCommit: 'c1' }, target }), 'unknown');
    assert.is(status('lock', { report: { lockHash: 'l1' }, target }), 'unknown');
  }
});

test('without a target git and lock say where to configure one', () => {
  const target = { ...TARGET, commit: null, source: null };
  for (const name of ['git', 'lock'] as const)
    assert.match(derive({ target })[name].message, '[target] in the coordinator');
  assert.is(derive({ target: { ...TARGET, commit: null } }).git.message, 'No target is known');
});

test('a target that cannot be fetched makes git and lock an error, and lets nothing that depends on it be ok', () => {
  const report = { repoCommit: 'c1', lockHash: 'l1', checks: { system: check('ok', 5), tests: check('ok', 5) } };
  assert.is(status('system', { report }), 'ok');
  const derived = derive({ report, target: FAILED });
  assert.is(derived.git.status, 'error');
  assert.match(derived.git.message, 'git: no answer');
  assert.is(derived.lock.status, 'error');
  assert.is(derived.system.status, 'unknown');
  assert.is(derived.tests.status, 'unknown');
  assert.is(status('tests', { report: { checks: { tests: check('error', 5) } }, target: FAILED }), 'error');
});

test('agent: another installed binary makes it outdated, whatever commit runs', () => {
  const freshness = running('a', '/one', 'h1');
  const report = { freshness, installed: { storePath: '/two', binaryHash: 'h2' }, expectedCommit: 'a' };
  assert.is(status('agent', { report }), 'outdated');
  assert.is(status('agent', { report: { ...report, installed: { storePath: '/two', binaryHash: 'h1' } } }), 'ok');
});

test('agent: the pinned commit decides if known, else the installed agent', () => {
  const freshness = running('a', '/one', 'h1');
  const installed = { storePath: '/one', binaryHash: 'h1' };
  assert.is(status('agent', { report: { freshness, expectedCommit: 'a' } }), 'ok');
  assert.is(status('agent', { report: { freshness, installed, expectedCommit: 'b' } }), 'outdated');
  assert.is(status('agent', { report: { freshness: running(null, '/one', 'h1'), expectedCommit: 'b' } }), 'unknown');
  assert.is(status('agent', { report: { freshness, installed } }), 'ok');
  assert.is(status('agent', { report: { freshness, installed: { storePath: '/two', binaryHash: null } } }), 'outdated');
  assert.is(status('agent', { report: { freshness } }), 'unknown');
  assert.is(status('agent', { report: null }), 'unknown');
});

test('a pull that changed the commit or the lock makes the system outdated, one that did not leaves it', () => {
  const report = { checks: { system: check('ok', 10) } };
  const pull = (before: Partial<Report>, after: Partial<Report>) => ({
    op: 'pull',
    startedAt: 20,
    before: sampleReport(before),
    after: sampleReport(after),
  });
  assert.is(status('system', { report, ended: [pull({ repoCommit: 'c0' }, { repoCommit: 'c1' })] }), 'outdated');
  assert.is(status('system', { report, ended: [pull({ lockHash: 'l0' }, { lockHash: 'l1' })] }), 'outdated');
  assert.is(status('system', { report, ended: [pull({ repoCommit: 'c1' }, { repoCommit: 'c1' })] }), 'ok');
  const moved = pull({ repoCommit: 'c0' }, { repoCommit: 'c1' });
  const still = pull({ repoCommit: 'c1' }, { repoCommit: 'c1' });
  assert.is(status('system', { report, ended: [moved, still] }), 'outdated', 'the second pull does not undo the first');
});

test('a check that the host made after the pull has the last word', () => {
  const ended = [
    { startedAt: 20, before: sampleReport({ repoCommit: 'c0' }), after: sampleReport({ repoCommit: 'c1' }) },
  ];
  assert.is(status('system', { report: { checks: { system: check('ok', 30) } }, ended }), 'ok');
  assert.is(status('system', { report: { checks: { system: check('ok', 19) } }, ended }), 'outdated');
});

test('a switch makes the system ok and the tests outdated', () => {
  const ended = [{ op: 'switch', startedAt: 20, finishedAt: 99 }];
  const checks = { system: check('outdated', 10), tests: check('ok', 10) };
  const derived = derive({ report: { checks }, ended });
  assert.is(derived.system.status, 'ok');
  assert.is(derived.tests.status, 'outdated');
  assert.is(derived.tests.since, 99);
});

test("a switch's result is ok only while the host is as the switch left it", () => {
  const after = { systemPath: '/s1', repoCommit: 'c1', lockHash: 'l1' };
  const ended = [{ op: 'switch', startedAt: 20, after: sampleReport(after) }];
  assert.is(status('system', { report: after, ended }), 'ok');
  assert.is(status('system', { report: { ...after, systemPath: '/s0' }, ended }), 'outdated');
  assert.is(status('system', { report: { ...after, repoCommit: 'c2' }, ended }), 'outdated');
  assert.is(status('system', { report: { ...after, lockHash: 'l2' }, ended }), 'outdated');
  assert.is(status('system', { report: { ...after, lockHash: null }, ended }), 'ok');
});

test('a failed switch makes the system an error that says why, and the tests outdated', () => {
  for (const failed of ['ERROR', 'KILLED', 'STALE_BINARY', 'SUSPICIOUS', 'ABORTED_BY_REBOOT'] as const) {
    const derived = derive({ ended: [{ op: 'pull-switch', startedAt: 20, status: failed, message: 'it broke' }] });
    assert.is(derived.system.status, 'error', failed);
    assert.is(derived.tests.status, 'outdated', failed);
    assert.not.match(derived.tests.message, 'it broke');
    assert.is(derived.system.message, `The last pull-switch ended ${failed}: it broke`);
  }
  const units = { op: 'switch', startedAt: 20, status: 'PARTIAL', code: 'units_failed' } as const;
  assert.is(status('system', { ended: [units] }), 'error');
});

test('a switch that failed before its activation says nothing about the tests', () => {
  const failed = { op: 'pull-switch', startedAt: 20, status: 'ERROR' } as const;
  const failedStep = (activation: boolean) => ({ failedStep: { phase: 'step', activation } });
  const tested = { op: 'test', startedAt: 10 };
  const before = sampleReport({ systemPath: '/s1' });
  assert.is(status('tests', { ended: [{ ...failed, evidence: failedStep(false) }] }), 'unknown', 'they never ran');
  assert.is(status('tests', { ended: [tested, { ...failed, evidence: failedStep(false) }] }), 'ok');
  assert.is(status('tests', { ended: [tested, { ...failed, evidence: failedStep(true) }] }), 'outdated');
  const profileFailed = { ...failedStep(false), systemPathAfter: '/nix/store/new' };
  assert.is(status('tests', { ended: [tested, { ...failed, evidence: profileFailed }] }), 'outdated', 'of a home');
  assert.is(status('tests', { ended: [tested, { ...failed, before }], report: { systemPath: '/s1' } }), 'ok');
  assert.is(status('tests', { ended: [tested, { ...failed, before }], report: { systemPath: '/s2' } }), 'outdated');
});

test('half an activation leaves the active system as it was, and the tests outdated', () => {
  const tested = { op: 'test', startedAt: 10 };
  const before = sampleReport({ systemPath: '/s1' });
  const half = { op: 'switch', startedAt: 20, status: 'ERROR', before } as const;
  const activation = { failedStep: { phase: 'activate', activation: true } };
  const at = (phase: string) => ({ phase, current: null, total: null, text: null });
  const after = (ended: Partial<Command>, platform: CompartmentFacts['platform'] = 'nix-darwin') =>
    status('tests', { platform, ended: [tested, ended], report: { systemPath: '/s1' } });
  for (const platform of ['nixos', 'nix-darwin', 'home-manager'] as const)
    assert.is(after({ ...half, exitCode: 1, evidence: activation }, platform), 'outdated', platform);
  const killed = { ...half, status: 'KILLED', exitCode: 143 } as const;
  assert.is(after({ ...killed, evidence: { systemPathBefore: '/s1' } }), 'outdated');
  assert.is(after({ ...half, status: 'ABORTED_BY_REBOOT', progress: at('activate') }), 'outdated');
  assert.is(after({ ...killed, evidence: {}, progress: at('build') }), 'ok');
  // Refused because of another activation's lock, or a different init.
  for (const exitCode of [11, 100]) {
    assert.is(after({ ...half, exitCode, evidence: activation }, 'nixos'), 'ok', String(exitCode));
    assert.is(after({ ...half, exitCode, evidence: activation }), 'outdated', `${exitCode} of another platform`);
  }
});

test('an age is counted on one clock: a check is as old as its host says, from when the report came', () => {
  const checks = { system: check('ok', 1_000), tests: check('ok', 4_000) };
  const derived = derive({ report: { sampledAt: 5_000, checks }, reportedAt: 600_000 });
  assert.equal([derived.system.since, derived.tests.since], [596_000, 599_000]);
});

test('a switch with an unseen end makes the system unknown', () => {
  for (const unseen of ['LOST', 'CANCELLED', 'TIMEOUT'] as const)
    for (const name of ['system', 'tests'] as const)
      assert.is(status(name, { ended: [{ op: 'switch', startedAt: 20, status: unseen }] }), 'unknown', unseen);
  const unproved = { op: 'switch', startedAt: 20, status: 'PARTIAL', code: 'post_check_unverified' } as const;
  assert.is(status('system', { ended: [unproved] }), 'unknown');
});

test('a switch that never ran says nothing', () => {
  const report = { checks: { system: check('ok', 10) } };
  for (const never of ['BLOCKED', 'EXPIRED', 'ERROR', 'CANCELLED', 'LOST'] as const)
    assert.is(status('system', { report, ended: [{ op: 'switch', status: never }] }), 'ok', never);
  assert.is(
    status('system', { report, ended: [{ op: 'switch', status: 'LOST', acceptedAt: 20 }] }),
    'unknown',
    'one that was accepted and lost may have run',
  );
});

test('the command that started last counts, whatever their order', () => {
  const ended = [
    { op: 'switch', startedAt: 20 },
    { op: 'switch', startedAt: 10, status: 'ERROR' as const },
  ];
  assert.is(status('system', { ended }), 'ok');
  assert.is(status('system', { ended: ended.toReversed() }), 'ok');
});

test("after a rollback the active system is not the checkout's", () => {
  const derived = derive({ ended: [{ op: 'rollback', startedAt: 20 }] });
  assert.is(derived.system.status, 'outdated');
  assert.is(derived.tests.status, 'outdated');
});

test('tests show the last run, by command or by check', () => {
  assert.is(status('tests', { ended: [{ op: 'test', startedAt: 20 }] }), 'ok');
  assert.is(status('tests', { ended: [{ op: 'test', startedAt: 20, status: 'ERROR' }] }), 'error');
  assert.is(status('tests', { ended: [{ op: 'test', startedAt: 20, status: 'LOST' }] }), 'unknown');
  const report = { checks: { tests: check('error', 21) } };
  for (const startedAt of [20, 21]) assert.is(status('tests', { report, ended: [{ op: 'test', startedAt }] }), 'error');
  const ended = [
    { op: 'switch', startedAt: 10 },
    { op: 'test', startedAt: 20 },
  ];
  assert.is(status('tests', { ended }), 'ok');
  assert.is(status('tests', { ended: ended.toReversed().map((one, at) => ({ ...one, startedAt: at })) }), 'outdated');
  assert.is(status('tests', {}), 'unknown');
});

test('a compartment is working while an op on it runs', () => {
  const at = (op: string) => {
    const derived = derive({ running: [sampleCommand({ op, acceptedAt: 7 })], target: FAILED });
    return Object.entries(derived)
      .filter(([, one]) => one.status === 'working' && one.since === 7)
      .map(([name]) => name);
  };
  assert.equal(at('pull'), ['git', 'lock']);
  assert.equal(at('switch'), ['agent', 'system']);
  assert.equal(at('test'), ['tests']);
  assert.equal(at('refresh-all'), ['lock', 'system']);
  assert.equal(at('reboot'), []);
});

test('since lasts as long as the status', () => {
  const first = derive({ report: { repoCommit: 'c0', checks: { tests: check('ok', 5) } } });
  assert.is(trackSince(null, first, 100).git.since, null);
  assert.is(trackSince(null, first, 100).tests.since, 5);
  const second = trackSince(first, derive({ report: { repoCommit: 'c1', checks: { tests: check('ok', 9) } } }), 200);
  assert.is(second.git.since, 200);
  assert.is(second.tests.since, 5);
  const third = trackSince(
    second,
    derive({ report: { repoCommit: 'c1', checks: { tests: check('error', 12) } } }),
    300,
  );
  assert.is(third.git.since, 200);
  assert.is(third.tests.since, 12);
});

test.run();
