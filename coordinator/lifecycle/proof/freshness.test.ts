import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LayerState, Verdict } from '../../../shared/model/command.ts';
import type { Report } from '../../../shared/model/report.ts';
import { freshnessHint, isInstalled, judgeFreshness } from './freshness.ts';

type Build = { commit?: string | null; path?: string | null; hash?: string | null };
type Known = 'equal' | 'other' | 'unknown';

const OLD = { commit: 'c'.repeat(40), path: '/nix/store/old-agent', hash: 'a'.repeat(64) };
const NEW = { commit: 'd'.repeat(40), path: '/nix/store/new-agent', hash: 'b'.repeat(64) };
const OTHER = { commit: 'e'.repeat(40), path: '/nix/store/other-agent', hash: 'f'.repeat(64) };

function report(running: Build, installed: Report['installed'] = null, expectedCommit: string | null = null): Report {
  return {
    sampledAt: 0,
    afterCommand: null,
    running: null,
    freshness: {
      sourceCommit: running.commit ?? null,
      storePath: running.path ?? null,
      binaryHash: running.hash ?? null,
    },
    installed,
    expectedCommit,
    repoCommit: null,
    generation: null,
    lockHash: null,
    systemPath: null,
    checks: {},
  };
}

const installedAs = ({ path = null, hash = null }: Build) => ({ storePath: path, binaryHash: hash });

const LAYERS: LayerState[] = ['changed', 'same', 'unknown'];
const KNOWN: Known[] = ['equal', 'other', 'unknown'];
/** The sides on which an unknown layer is unknown. */
const HIDDEN = [['before'], ['after'], ['before', 'after']];

/** The rules once more, as the lists of what leads to each verdict; true to the text, not to the code. */
function oracle(row: {
  commit: LayerState;
  path: LayerState;
  hash: LayerState;
  runningHash: boolean;
  runningPath: boolean;
  runningCommit: boolean;
  installed: Known;
  expected: Known;
}): Verdict['freshness'] {
  const builds = [row.path, row.hash];
  if (row.installed === 'other' && row.runningHash) return 'STALE';
  if (builds.includes('changed')) return row.expected === 'other' && row.runningCommit ? 'SUSPICIOUS' : 'FRESH';
  if (!builds.includes('same')) return 'UNKNOWN';
  if (row.commit === 'changed') return 'SUSPICIOUS';
  if (row.expected !== 'unknown') return row.expected === 'equal' && row.runningCommit ? 'UNCHANGED' : 'STALE';
  return row.installed === 'equal' && (row.runningHash || row.runningPath) ? 'UNCHANGED' : 'STALE';
}

test('the whole table: each layer × installed × expected', () => {
  let rows = 0;
  for (const commit of LAYERS)
    for (const path of LAYERS)
      for (const hash of LAYERS)
        for (const hidden of HIDDEN)
          for (const installed of KNOWN)
            for (const expected of KNOWN) {
              const states = { commit, path, hash };
              const before: Build = { ...OLD };
              const after: Build = { ...OLD };
              for (const layer of ['commit', 'path', 'hash'] as const) {
                if (states[layer] === 'changed') after[layer] = NEW[layer];
                if (states[layer] !== 'unknown') continue;
                if (hidden.includes('before')) before[layer] = null;
                if (hidden.includes('after')) after[layer] = null;
              }
              const now = installed === 'equal' ? installedAs(after) : installedAs(OTHER);
              const pinned = expected === 'other' ? OTHER.commit : (after.commit ?? NEW.commit);
              const verdict = judgeFreshness({
                before: report(before),
                after: report(after, installed === 'unknown' ? null : now, expected === 'unknown' ? null : pinned),
                rule: 'full',
              });
              const row = {
                ...states,
                runningCommit: after.commit !== null,
                runningPath: after.path !== null,
                runningHash: after.hash !== null,
                installed,
                expected,
              };
              assert.is(verdict.freshness, oracle(row), JSON.stringify(row));
              assert.equal({ commit: verdict.commit, path: verdict.path, hash: verdict.hash }, states);
              rows++;
            }
  assert.is(rows, 27 * 3 * 9);
});

const judge = (before: Build | null, after: Report, rule: 'full' | 'installed' = 'full') =>
  judgeFreshness({ before: before && report(before), after, rule });

test('a new build of the pinned commit is FRESH', () => {
  const verdict = judge(OLD, report(NEW, installedAs(NEW), NEW.commit));
  assert.is(verdict.freshness, 'FRESH');
  assert.match(verdict.reason, '/nix/store/old-agent became /nix/store/new-agent');
});

test('a new build where neither the pinned nor the running commit is known is FRESH', () => {
  assert.is(judge(OLD, report({ ...NEW, commit: null }, null, NEW.commit)).freshness, 'FRESH');
  assert.is(judge(OLD, report(NEW)).freshness, 'FRESH');
});

test('a new build of another commit than the pinned one is SUSPICIOUS', () => {
  const verdict = judge(OLD, report(NEW, installedAs(NEW), OTHER.commit));
  assert.is(verdict.freshness, 'SUSPICIOUS');
  assert.match(verdict.reason, 'of commit dddddddddddd, while the lock pins eeeeeeeeeeee');
});

test('a new build that is not the installed one is always STALE', () => {
  const verdict = judge(OLD, report(NEW, installedAs(OTHER), NEW.commit));
  assert.is(verdict.freshness, 'STALE');
  assert.match(
    verdict.reason,
    'installed is /nix/store/other-agent (hash ffffffffffff), running is /nix/store/new-agent',
  );
});

test('an installed path that differs, with the same bytes, is not another binary', () => {
  const installed = { storePath: OTHER.path, binaryHash: OLD.hash };
  assert.is(judge(OLD, report(OLD, installed)).freshness, 'UNCHANGED');
});

test('without a hash, a different installed path does not show another binary by rule 1', () => {
  const installed = { storePath: OTHER.path, binaryHash: null };
  assert.is(judge(OLD, report(NEW, installed, NEW.commit)).freshness, 'FRESH');
  assert.is(judge(OLD, report(OLD, installed, OLD.commit)).freshness, 'UNCHANGED');
  assert.is(judge(OLD, report(OLD, installed)).freshness, 'STALE');
});

test('a commit that moved while the build stayed is SUSPICIOUS', () => {
  const verdict = judge(OLD, report({ ...OLD, commit: NEW.commit }, null, NEW.commit));
  assert.is(verdict.freshness, 'SUSPICIOUS');
  assert.match(verdict.reason, 'names commit dddddddddddd instead of cccccccccccc');
});

test('an unchanged agent is UNCHANGED if its commit is the pinned one, else STALE', () => {
  assert.is(judge(OLD, report(OLD, installedAs(OLD), OLD.commit)).freshness, 'UNCHANGED');
  const stale = judge(OLD, report(OLD, installedAs(OLD), NEW.commit));
  assert.is(stale.freshness, 'STALE');
  assert.match(stale.reason, 'of commit cccccccccccc, while the lock pins dddddddddddd');
});

test('an unchanged agent that does not know its commit is STALE when one is pinned', () => {
  const verdict = judge(OLD, report({ ...OLD, commit: null }, installedAs(OLD), OLD.commit));
  assert.is(verdict.freshness, 'STALE');
  assert.match(verdict.reason, 'of commit unknown');
});

test("an agent built from a changed checkout is not of that checkout's commit", () => {
  const dirty = { ...OLD, commit: `${OLD.commit}-dirty` };
  const verdict = judge(dirty, report(dirty, installedAs(OLD), OLD.commit));
  assert.is(verdict.freshness, 'STALE');
  assert.match(verdict.reason, 'of commit cccccccccccc-dirty, while the lock pins cccccccccccc');
  assert.is(judge(OLD, report(dirty)).freshness, 'SUSPICIOUS');
});

test('with no commit pinned, an unchanged agent is UNCHANGED only if it is the installed one', () => {
  assert.is(judge(OLD, report(OLD, installedAs(OLD))).freshness, 'UNCHANGED');
  assert.is(judge(OLD, report(OLD, { storePath: OLD.path, binaryHash: null })).freshness, 'UNCHANGED');
  assert.is(judge(OLD, report(OLD)).freshness, 'STALE');
});

test('the hash shows whether the installed agent runs; the path decides only without a hash', () => {
  const { freshness } = report(OLD);
  assert.is(isInstalled(freshness, { storePath: OTHER.path, binaryHash: OLD.hash }), true);
  assert.is(isInstalled(freshness, { storePath: OLD.path, binaryHash: OTHER.hash }), false);
  assert.is(isInstalled(freshness, { storePath: OLD.path, binaryHash: null }), true);
  assert.is(isInstalled(freshness, { storePath: null, binaryHash: null }), false);
  assert.is(isInstalled(freshness, null), false);
});

test('with no report from before nothing is known: UNKNOWN', () => {
  const verdict = judge(null, report(NEW, installedAs(NEW), NEW.commit));
  assert.is(verdict.freshness, 'UNKNOWN');
  assert.equal([verdict.commit, verdict.path, verdict.hash], ['unknown', 'unknown', 'unknown']);
});

test('by the rule for rollback and restart only the installed binary counts', () => {
  assert.is(judge(OLD, report(NEW, installedAs(NEW), OTHER.commit), 'installed').freshness, 'FRESH');
  assert.is(judge(OLD, report({ ...OLD, commit: NEW.commit }), 'installed').freshness, 'UNCHANGED');
  assert.is(judge(OLD, report(OLD, null, NEW.commit), 'installed').freshness, 'UNCHANGED');
  assert.is(judge(null, report(OLD), 'installed').freshness, 'UNCHANGED');
  assert.is(judge(OLD, report(OLD, installedAs(NEW)), 'installed').freshness, 'STALE');
  assert.is(judge({ ...OLD, path: null }, report({ hash: NEW.hash }), 'installed').freshness, 'FRESH');
});

test('every verdict has a reason, and every bad one a hint', () => {
  const stale = judge(OLD, report(OLD));
  assert.ok(stale.reason.length > 20);
  assert.match(String(freshnessHint(stale)), 'Restart the agent');
  assert.match(String(freshnessHint({ freshness: 'SUSPICIOUS' })), 'force-rebuild');
  assert.type(freshnessHint({ freshness: 'UNKNOWN' }), 'string');
  assert.is(freshnessHint({ freshness: 'FRESH' }), null);
  assert.is(freshnessHint({ freshness: 'UNCHANGED' }), null);
});

test.run();
