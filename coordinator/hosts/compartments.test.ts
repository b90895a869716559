import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../shared/model/target.ts';
import { sampleCommand } from '../lifecycle/fixtures/sample.ts';
import { trackSince } from './compartments.ts';
import { check, derive, status, TARGET } from './fixtures/compartments.ts';

const running = (commit: string | null, path: string | null, hash: string | null) => ({
  sourceCommit: commit,
  storePath: path,
  binaryHash: hash,
});

const FAILED: Target = { ...TARGET, error: 'git: no answer' };

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
