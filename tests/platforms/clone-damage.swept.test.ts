/** The next pull of an isolated clone succeeds, whatever a power cut did to its files. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../../agent/platforms/custom.ts';
import { createGitRemote, type GitRemote, git } from '../../agent/platforms/fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../../agent/platforms/fixtures/test-host.ts';
import { swept } from '../harness/sweep.ts';

let host: TestHost;
let remote: GitRemote;
/** Clones after a good pull: with loose objects and refs; all packed; shallow. */
const CLONES = ['loose', 'packed', 'shallow'] as const;
type Clone = (typeof CLONES)[number];
let commit: string;

const platformOf = (dir: string) =>
  createCustom(host.settings({ repo: { dir, url: `file://${remote.url}`, branch: 'main' } }));

test.before(async () => {
  host = createTestHost();
  remote = createGitRemote(host.dir);
  remote.commit('unchanged/file.txt', 'the same in all commits\n'.repeat(100));
  remote.commit('flake.lock', '{"one": 1}\n');
  for (const name of CLONES) {
    const dir = join(host.dir, name);
    if (name === 'shallow') git(host.dir, 'clone', '--quiet', '--depth=1', `file://${remote.url}`, dir);
    const { code, output } = await host.run(platformOf(dir), 'pull');
    assert.is(code, 0, output);
  }
  const packed = join(host.dir, 'packed');
  git(packed, 'repack', '-adq', '--write-midx', '--write-bitmap-index');
  git(packed, 'pack-refs', '--all');
  git(packed, 'commit-graph', 'write', '--reachable');
  commit = remote.commit('flake.lock', '{"two": 2}\n');
});
test.after(() => host.close());

/** Where a file of the clone `dir` is, below it. */
type Locate = (dir: string) => string;

const at =
  (path: string): Locate =>
  () =>
    path;
const looseObject =
  (rev: string): Locate =>
  (dir) => {
    const id = git(dir, 'rev-parse', rev);
    return `.git/objects/${id.slice(0, 2)}/${id.slice(2)}`;
  };
const inPack =
  (end: string): Locate =>
  (dir) =>
    `.git/objects/pack/${readdirSync(join(dir, '.git/objects/pack')).find((name) => name.endsWith(end))}`;

/** Every kind of file, by the clone that has it. */
const FILES: Readonly<Record<Clone, Readonly<Record<string, Locate>>>> = {
  loose: {
    HEAD: at('.git/HEAD'),
    config: at('.git/config'),
    index: at('.git/index'),
    'the branch': at('.git/refs/heads/main'),
    "the remote's branch": at('.git/refs/remotes/origin/main'),
    'the log of HEAD': at('.git/logs/HEAD'),
    'the log of the branch': at('.git/logs/refs/heads/main'),
    FETCH_HEAD: at('.git/FETCH_HEAD'),
    'our mark': at('.git/switchyard-clone'),
    'the commit': looseObject('HEAD'),
    'the commit before': looseObject('HEAD~1'),
    'a tree that changed': looseObject('HEAD^{tree}'),
    'a tree that did not change': looseObject('HEAD:unchanged'),
    'a file that changed, as an object': looseObject('HEAD:flake.lock'),
    'a file that did not change, as an object': looseObject('HEAD:unchanged/file.txt'),
    'a file that changed': at('flake.lock'),
    'a file that did not change': at('unchanged/file.txt'),
  },
  packed: {
    'packed-refs': at('.git/packed-refs'),
    'the commit graph': at('.git/objects/info/commit-graph'),
    'the index of all packs': at('.git/objects/pack/multi-pack-index'),
    'a pack': inPack('.pack'),
    'the index of a pack': inPack('.idx'),
    'a bitmap': inPack('.bitmap'),
  },
  shallow: { 'the shallow boundary': at('.git/shallow') },
};

const DAMAGE: Readonly<Record<string, (file: string) => void>> = {
  empty: (file) => writeFileSync(file, ''),
  cut: (file) => writeFileSync(file, readFileSync(file).subarray(0, readFileSync(file).length / 2)),
  'full of NUL': (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length)),
  'one byte wrong': (file) => {
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes[middle] = 255 - (bytes[middle] ?? 0);
    writeFileSync(file, bytes);
  },
  missing: (file) => rmSync(file),
};

let files = 0;
/** The damages to try on the next file: all of them, or in a short run another one for each file. */
function damages(): readonly [how: string, damage: (file: string) => void][] {
  const all = Object.entries(DAMAGE);
  const at = files % all.length;
  files += 1;
  return swept([...all.slice(at), ...all.slice(0, at)], all.length);
}

let copies = 0;
async function pullAfter(clone: Clone, damage: (dir: string) => void) {
  copies += 1;
  const dir = join(host.dir, `copy-${copies}`);
  cpSync(join(host.dir, clone), dir, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  damage(dir);
  const end = await host.run(platformOf(dir), 'pull');
  return { dir, ...end };
}

/** As a pull leaves an undamaged clone. */
async function assertWhole({ dir, code, output }: { dir: string; code: number; output: string }, what: string) {
  assert.is(code, 0, `${what}: ${output}`);
  assert.is(git(dir, 'rev-parse', 'HEAD'), commit, what);
  assert.is(git(dir, 'symbolic-ref', 'HEAD'), 'refs/heads/main', what);
  assert.is(git(dir, 'status', '--porcelain', '--ignored'), '', what);
  assert.is((await platformOf(dir).facts()).repoCommit, commit, what);
  assert.is(readFileSync(join(dir, 'unchanged/file.txt'), 'utf8'), 'the same in all commits\n'.repeat(100), what);
  git(dir, 'grep', '-q', 'same', 'HEAD');
  git(dir, 'archive', '-o', '/dev/null', 'HEAD');
}

for (const clone of CLONES)
  for (const [what, locate] of Object.entries(FILES[clone]))
    test(`a ${clone} clone is pulled into whatever happened to ${what}`, async () => {
      const file = locate(join(host.dir, clone));
      const pulls = damages().map(async ([how, damage]) => {
        const end = await pullAfter(clone, (dir) => {
          chmodSync(join(dir, file), 0o644);
          damage(join(dir, file));
        });
        await assertWhole(end, `${what} is ${how}`);
        const again = await host.run(platformOf(end.dir), 'pull');
        assert.is(again.evidence.repaired, undefined, `${what} was ${how}: ${again.output}`);
        assert.not.match(again.output, /^(error|fatal|warning): /m, `${what} was ${how}`);
      });
      await Promise.all(pulls);
    });

/** Every file of `dir` by its path. */
const contentsOf = (dir: string): Map<string, string> =>
  new Map(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(dir, file), readFileSync(file, 'base64')]),
  );

/** The files that a fetch writes before it, or a merge, finds out that it can't continue. */
const FETCHED = /^\.git\/(FETCH_HEAD|refs\/remotes\/origin\/main|logs\/refs\/remotes\/origin\/main)$/;

for (const [what, locate] of Object.entries(FILES.loose))
  test(`a checkout of a person's stays as it is whatever happened to ${what}`, async () => {
    const file = locate(join(host.dir, 'loose'));
    const pulls = damages().map(async ([how, damage]) => {
      copies += 1;
      const dir = join(host.dir, `copy-${copies}`);
      cpSync(join(host.dir, 'loose'), dir, { recursive: true, preserveTimestamps: true });
      writeFileSync(join(dir, 'mine.txt'), 'a day of work');
      chmodSync(join(dir, file), 0o644);
      damage(join(dir, file));
      const before = contentsOf(dir);
      const platform = createCustom(host.settings({ repo: { dir, url: null, branch: 'main' } }));
      const { code, output, evidence } = await host.run(platform, 'pull');
      assert.is(evidence.repaired, undefined);
      assert.is(readFileSync(join(dir, 'mine.txt'), 'utf8'), 'a day of work');
      const after = contentsOf(dir);
      const changed = [...before].filter(([name, text]) => after.get(name) !== text && !FETCHED.test(name));
      // Either it succeeded, or nothing of theirs has changed.
      if (code !== 0)
        assert.equal(
          changed.map(([name]) => name),
          [],
          `${what} is ${how}: ${output}`,
        );
      else assert.is(git(dir, 'rev-parse', 'HEAD'), commit, `${what} is ${how}: ${output}`);
      assert.not(existsSync(join(dir, '.git.switchyard-new')));
    });
    await Promise.all(pulls);
  });

test.run();
