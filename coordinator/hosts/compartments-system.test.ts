import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../shared/model/command.ts';
import type { Report } from '../../shared/model/report.ts';
import { sampleReport } from '../lifecycle/fixtures/sample.ts';
import type { CompartmentFacts } from './compartments.ts';
import { check, derive, status } from './fixtures/compartments.ts';

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

test.run();
