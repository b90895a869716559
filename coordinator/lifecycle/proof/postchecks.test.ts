import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import type { Report } from '../../../shared/model/report.ts';
import type { Target } from '../../../shared/model/target.ts';
import type { PostCheck } from '../../../shared/ops/op-definition.ts';
import { OPS } from '../../../shared/ops/ops.ts';
import { sampleCommand, sampleReport } from '../fixtures/sample.ts';
import { runPostChecks } from './postchecks.ts';

const TARGET: Target = {
  commit: 'target',
  lockHash: null,
  branch: 'main',
  source: 'git@example.com:fleet.git',
  checkedAt: 1,
  error: null,
};

function run(checks: PostCheck[], command: Partial<Command>, report: Partial<Report>, target: Target | null = null) {
  return runPostChecks(checks, { command: sampleCommand(command), report: sampleReport(report), target });
}

/** The result in few words: passed, or the code and the message. */
function told(...given: Parameters<typeof run>): string {
  const result = run(...given);
  return result.kind === 'passed' ? 'passed' : `${result.kind} ${result.code}: ${result.message}`;
}

test('a pull passes when the checkout is the commit that it fetched, wherever the target has gone meanwhile', () => {
  assert.is(told(['fetched-commit'], { evidence: { fetchedCommit: 'f' } }, { repoCommit: 'f' }, TARGET), 'passed');
  assert.is(
    told(['fetched-commit'], { evidence: { fetchedCommit: 'f' } }, { repoCommit: 'target' }, TARGET),
    'failed post_check_failed: The checkout is target, not f',
  );
});

test('a pull of one commit is checked against that, whatever the host says it fetched', () => {
  const options = { commit: 'f' };
  assert.is(told(['fetched-commit'], { options, evidence: {} }, { repoCommit: 'f' }, TARGET), 'passed');
  assert.is(
    told(['fetched-commit'], { options, evidence: { fetchedCommit: 'g' } }, { repoCommit: 'g' }, TARGET),
    'failed post_check_failed: The checkout is g, not f',
  );
});

test('a pull without evidence is held against the target', () => {
  assert.is(told(['fetched-commit'], { evidence: {} }, { repoCommit: 'target' }, TARGET), 'passed');
  assert.is(
    told(['fetched-commit'], {}, { repoCommit: 'old' }, TARGET),
    'failed post_check_failed: The checkout is old, not target',
  );
});

test('a pull is unverified where neither the fetched commit nor a target is known', () => {
  const text = 'unverified post_check_unverified: Neither the fetched commit nor the target is known';
  assert.is(told(['fetched-commit'], {}, { repoCommit: 'r' }), text);
  assert.is(told(['fetched-commit'], {}, { repoCommit: 'r' }, { ...TARGET, commit: null }), text);
});

test('a pull is unverified if the report does not know the checkout', () => {
  assert.is(
    told(['fetched-commit'], { evidence: { fetchedCommit: 'f' } }, {}),
    'unverified post_check_unverified: The checkout is not known, it should be f',
  );
});

test('a switch passes if its build is active, or without evidence', () => {
  const evidence = { builtPath: '/nix/store/new' };
  assert.is(told(['system-path-built'], { evidence }, { systemPath: '/nix/store/new' }), 'passed');
  assert.is(told(['system-path-built'], {}, { systemPath: '/nix/store/old' }), 'passed');
  assert.is(
    told(['system-path-built'], { evidence }, { systemPath: '/nix/store/old' }),
    'failed post_check_failed: The active system is /nix/store/old, not /nix/store/new',
  );
  assert.is(
    told(['system-path-built'], { evidence }, {}),
    'unverified post_check_unverified: The active system is not known, it should be /nix/store/new',
  );
});

test('a rollback passes only when another system is active than before', () => {
  const before = sampleReport({ systemPath: '/nix/store/one' });
  assert.is(told(['system-path-changed'], { before }, { systemPath: '/nix/store/two' }), 'passed');
  assert.is(
    told(['system-path-changed'], { before }, { systemPath: '/nix/store/one' }),
    'failed post_check_failed: The active system is unchanged: /nix/store/one',
  );
  assert.is(
    told(['system-path-changed'], { before }, {}),
    'unverified post_check_unverified: The active system is not known now, so no change can be seen',
  );
  assert.is(
    told(['system-path-changed'], { before: null }, { systemPath: '/nix/store/two' }),
    'unverified post_check_unverified: The active system is not known from before, so no change can be seen',
  );
});

test('failing test scripts are named with their exit codes; no scripts pass', () => {
  const passing = { name: 'dns.sh', exitCode: 0, durationMs: 5 };
  assert.is(told(['tests-passed'], { evidence: { tests: [passing] } }, {}), 'passed');
  assert.is(told(['tests-passed'], { evidence: { tests: [] } }, {}), 'passed');
  assert.is(told(['tests-passed'], {}, {}), 'passed');
  const tests = [
    passing,
    { name: 'web.sh', exitCode: 2, durationMs: 5 },
    { name: 'db.sh', exitCode: null, durationMs: 5 },
  ];
  assert.is(
    told(['tests-passed'], { evidence: { tests } }, {}),
    'failed tests_failed: Test scripts failed: web.sh (2), db.sh (no exit code)',
  );
});

test('a bumped lock is held against the hash that the op left, else it must have changed', () => {
  const before = sampleReport({ lockHash: 'old' });
  const evidence = { lockHash: 'new' };
  assert.is(told(['lock-hash'], { before, evidence }, { lockHash: 'new' }), 'passed');
  assert.is(told(['lock-hash'], { before, evidence: { lockHash: 'old' } }, { lockHash: 'old' }), 'passed');
  assert.is(
    told(['lock-hash'], { before, evidence }, { lockHash: 'old' }),
    'failed post_check_failed: The hash of flake.lock is old, not new',
  );
  assert.is(told(['lock-hash'], { before }, { lockHash: 'new' }), 'passed');
  assert.match(
    told(['lock-hash'], { before }, { lockHash: 'old' }),
    'failed post_check_failed: The hash of flake.lock is',
  );
  assert.match(
    told(['lock-hash'], { before }, {}),
    'unverified post_check_unverified: The hash of flake.lock is not known now',
  );
});

test('a refresh passes only with a check no older than its start', () => {
  const check = (checkedAt: number) => ({ status: 'outdated', message: '', checkedAt }) as const;
  assert.is(told(['lock-checked'], { startedAt: 50 }, { checks: { lock: check(50) } }), 'passed');
  assert.is(told(['system-checked'], { startedAt: 50 }, { checks: { system: check(51) } }), 'passed');
  assert.is(
    told(['lock-checked'], { startedAt: 50 }, { checks: { lock: check(49) } }),
    'failed post_check_failed: The last check of flake.lock is older than the op',
  );
  assert.is(
    told(['system-checked'], { startedAt: 50 }, { checks: { lock: check(50) } }),
    'unverified post_check_unverified: The report has no check of the system',
  );
  assert.match(
    told(['system-checked'], { startedAt: null }, { checks: { system: check(50) } }),
    'unverified post_check_unverified: The start of the op is not known',
  );
});

test('every missing part of several checks is named, and a failed one gives the code', () => {
  const command = { evidence: { fetchedCommit: 'f', builtPath: '/nix/store/new' } };
  assert.is(
    told(['fetched-commit', 'system-path-built'], command, { systemPath: '/nix/store/old' }),
    'failed post_check_failed: The checkout is not known, it should be f; The active system is /nix/store/old, not /nix/store/new',
  );
});

test('a rollback that only puts the profile back passes if the active system is unchanged', () => {
  const before = sampleReport({ systemPath: '/nix/store/two' });
  const evidence = { rollback: { generation: 2, path: '/nix/store/two', wasActive: true, profileBefore: 3 } };
  assert.is(told(['system-path-changed'], { before, evidence }, { systemPath: '/nix/store/two' }), 'passed');
  assert.is(
    told(['system-path-changed'], { before, evidence }, { systemPath: '/nix/store/three' }),
    'failed post_check_failed: The active system is /nix/store/three, not /nix/store/two',
  );
});

test('every post-check of the op table is known, and none passes without asking anything', () => {
  const known = new Set(OPS.flatMap(({ postChecks }) => postChecks));
  for (const check of known)
    assert.ok(['passed', 'failed', 'unverified'].includes(run([check], {}, {}).kind), `${check} gives a result`);
  assert.equal(run([], {}, {}), { kind: 'passed' });
});

test.run();
