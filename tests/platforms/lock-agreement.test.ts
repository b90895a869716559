/** Host and coordinator name the same flake.lock by the same hash, however git writes it into a checkout. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCustom } from '../../agent/platforms/custom.ts';
import { createGitRemote, type GitRemote, git } from '../../agent/platforms/fixtures/git-remote.ts';
import { createTestHost, type TestHost } from '../../agent/platforms/fixtures/test-host.ts';
import { createGit } from '../../coordinator/target/git.ts';
import { createGitReader } from '../../coordinator/target/git-target.ts';
import type { Target } from '../../shared/model/target.ts';
import { systemClock } from '../../shared/time/clock.ts';

let host: TestHost;
let remote: GitRemote;
test.before.each(() => {
  host = createTestHost();
  remote = createGitRemote(host.dir);
});
test.after.each(() => host.close());

const LOCK = '{\n  "nodes": { "root": {} },\n  "root": "root",\n  "version": 7\n}\n';
const NOTHING: Target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };

async function targetLock(): Promise<string | null> {
  const git = createGit({ clock: systemClock });
  const reader = createGitReader({ repoUrl: remote.url, branch: 'main', dataDir: join(host.dir, 'data'), git });
  const look = await reader.look(NOTHING, new AbortController().signal);
  assert.ok(look.kind === 'found');
  return look.lockHash;
}

const work = () => join(host.dir, 'origin-work');
const userSets = (config: string) => writeFileSync(join(host.dir, '.gitconfig'), config);

/** Ways in which a repository or git's user makes the file in a checkout differ from the one that git stores. */
const KINDS: Readonly<Record<string, () => void>> = {
  'as it is': () => {},
  'CRLF by attribute': () => writeFileSync(join(work(), '.gitattributes'), 'flake.lock text eol=crlf\n'),
  'CRLF by core.autocrlf': () => userSets('[core]\n  autocrlf = true\n'),
  'CRLF by core.eol': () => {
    userSets('[core]\n  eol = crlf\n');
    writeFileSync(join(work(), '.gitattributes'), '* text\n');
  },
  'through a filter': () => {
    const filter = '[filter "x"]\n  clean = sed s/PLAIN/root/\n  smudge = sed s/root/PLAIN/\n';
    userSets(filter);
    appendFileSync(join(work(), '.git/config'), filter);
    writeFileSync(join(work(), '.gitattributes'), 'flake.lock filter=x\n');
  },
  'through a filter, and no UTF-8': () => {
    const filter = '[filter "x"]\n  clean = LC_ALL=C sed s/PLAIN/root/\n  smudge = LC_ALL=C sed s/root/PLAIN/\n';
    userSets(filter);
    appendFileSync(join(work(), '.git/config'), filter);
    writeFileSync(join(work(), '.gitattributes'), 'flake.lock filter=x\n');
  },
  'with the id of its blob': () => {
    writeFileSync(join(work(), '.gitattributes'), 'flake.lock ident\n');
  },
  'a link': () => {
    mkdirSync(join(work(), 'locks'));
    symlinkSync('locks/stable.lock', join(work(), 'flake.lock'));
    writeFileSync(join(work(), 'locks/stable.lock'), LOCK);
  },
  'a link to a file with CRLF, by a linked folder': () => {
    mkdirSync(join(work(), 'locks/24.05'), { recursive: true });
    symlinkSync('24.05', join(work(), 'locks/stable'));
    symlinkSync('locks/stable/flake.lock', join(work(), 'flake.lock'));
    writeFileSync(join(work(), '.gitattributes'), 'locks/** text eol=crlf\n');
    writeFileSync(join(work(), 'locks/24.05/flake.lock'), LOCK);
  },
};

const bytesOf = (kind: string): string | Buffer => {
  if (kind.includes('no UTF-8')) return Buffer.from(LOCK.replace('7', '"\xe9\xff"'), 'latin1');
  return kind.includes('id of') ? `"$Id$"\n` : LOCK;
};

for (const isClone of [true, false])
  for (const [kind, set] of Object.entries(KINDS))
    test(`a ${isClone ? 'clone' : 'checkout'} whose flake.lock is ${kind} is at the target's lock after a pull`, async () => {
      set();
      if (!kind.startsWith('a link')) writeFileSync(join(work(), 'flake.lock'), bytesOf(kind));
      remote.commit('a.txt', 'one');
      const dir = join(host.dir, 'repo');
      const platform = createCustom(host.settings({ repo: { dir, url: isClone ? remote.url : null, branch: 'main' } }));
      if (!isClone) {
        // As its person's git writes it; the fixture's git does not read that configuration.
        git(host.dir, 'clone', '--quiet', `--config=include.path=${join(host.dir, '.gitconfig')}`, remote.url, dir);
      }
      const end = await host.run(platform, 'pull');
      assert.is(end.code, 0, end.output);
      const target = await targetLock();
      assert.ok(target);
      assert.equal([end.evidence.lockHash, (await platform.facts()).lockHash], [target, target]);

      const again = await host.run(platform, 'pull');
      assert.is(again.code, 0, again.output);
      assert.is((await platform.facts()).lockHash, target);

      rmSync(join(dir, 'flake.lock'));
      writeFileSync(join(dir, 'flake.lock'), LOCK.replace('7', '8'));
      const { lockHash } = await platform.facts();
      assert.is.not(lockHash, target, 'a lock that was changed since stands for itself');
    });

test('attributes that change are followed, in a clone by its files too', async () => {
  writeFileSync(join(work(), '.gitattributes'), 'flake.lock text eol=crlf\n');
  writeFileSync(join(work(), 'flake.lock'), LOCK);
  remote.commit('a.txt', 'one');
  const dir = join(host.dir, 'repo');
  const platform = createCustom(host.settings({ repo: { dir, url: remote.url, branch: 'main' } }));
  await host.run(platform, 'pull');
  assert.is(readFileSync(join(dir, 'flake.lock'), 'utf8'), LOCK.replaceAll('\n', '\r\n'));
  remote.commit('.gitattributes', 'flake.lock -text\n');
  const { code, output } = await host.run(platform, 'pull');
  assert.is(code, 0, output);
  assert.is(readFileSync(join(dir, 'flake.lock'), 'utf8'), LOCK);
  assert.is((await platform.facts()).lockHash, await targetLock());
});

test.run();
