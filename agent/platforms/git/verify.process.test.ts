import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../../scripts/test-needs.ts';
import { createCustom } from '../custom.ts';
import { createGitRemote, git } from '../fixtures/git-remote.ts';
import { createGpgSigner, createSshSigner, type Signer } from '../fixtures/signing.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';

const missing = [toolMissing('gpg'), toolMissing('ssh-keygen')];
const signedTest = testUnless(missing);
const KINDS = ['ssh', 'openpgp'] as const;
type Kind = (typeof KINDS)[number];

let people: Record<Kind, { trusted: Signer; stranger: Signer }>;
let host: TestHost;
test.before(() => {
  if (missing.some((reason) => reason !== null)) return;
  people = {
    ssh: { trusted: createSshSigner('ann'), stranger: createSshSigner('mallory') },
    openpgp: { trusted: createGpgSigner('ann'), stranger: createGpgSigner('mallory') },
  };
});
test.after(() => {
  for (const { trusted, stranger } of Object.values(people ?? {})) for (const one of [trusted, stranger]) one.close();
});
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

type Where = 'clone' | 'checkout';

/** A host that trusts only Ann, and has a commit of hers. */
async function scene(kind: Kind, where: Where = 'clone', format: 'sha1' | 'sha256' = 'sha1') {
  const { trusted, stranger } = people[kind];
  const remote = createGitRemote(host.dir, 'origin', format);
  const commit = (text: string, signer: Signer | null, files: Readonly<Record<string, string>> = {}) => {
    for (const [name, content] of Object.entries({ ...files, 'a.txt': text }))
      writeFileSync(join(host.dir, 'origin-work', name), content);
    remote.git('add', '--all');
    remote.git(...(signer?.options ?? []), 'commit', '--quiet', '-m', text, ...(signer ? ['-S'] : []));
    remote.git('push', '--quiet', 'origin', 'HEAD:main');
    return remote.git('rev-parse', 'HEAD');
  };
  const first = commit('of Ann', trusted);
  const dir = join(host.dir, where);
  if (where === 'checkout') git(host.dir, 'clone', '--quiet', remote.url, dir);
  const signers = trusted.publish(host.dir);
  const pullWith = (path: string, env: Record<string, string> = {}, options = {}) =>
    host.run(createCustom(host.settings({ repo: repoWith(path) })), 'pull', { env, options });
  const repoWith = (path: string) => ({
    dir,
    url: where === 'clone' ? remote.url : null,
    branch: 'main',
    signers: path,
  });
  const pull = (env: Record<string, string> = {}, options = {}) => pullWith(signers, env, options);
  const start = await pull();
  assert.is(start.code, 0, start.output);
  const stands = () => [git(dir, 'rev-parse', 'HEAD'), readFileSync(join(dir, 'a.txt'), 'utf8')];
  return { remote, trusted, stranger, commit, first, dir, signers, pull, pullWith, stands };
}

for (const kind of KINDS)
  for (const where of ['clone', 'checkout'] as const) {
    signedTest(`${kind}, ${where}: only commits signed by a trusted signer are accepted`, async () => {
      const { pull, commit, trusted, stranger, first, stands } = await scene(kind, where);
      const refused: string[] = [];
      for (const [what, signer] of [
        ['unsigned', null],
        ['of a stranger', stranger],
        ['of the other kind', people[kind === 'ssh' ? 'openpgp' : 'ssh'].trusted],
      ] as const) {
        const id = commit(what, signer);
        const end = await pull();
        assert.is(end.code, 1, `${what}: ${end.output}`);
        assert.is(end.evidence.failure?.code, 'untrusted_commit', what);
        assert.match(String(end.evidence.failure?.message), id);
        assert.equal(end.phases, ['prepare', 'fetch', 'verify']);
        assert.equal(stands(), [first, 'of Ann'], what);
        refused.push(id);
      }
      for (const id of refused) {
        const pinned = await pull({}, { commit: id, allowOlder: true });
        assert.is(pinned.evidence.failure?.code, 'untrusted_commit', 'no option passes it');
      }
      const next = commit('signed again', trusted);
      const end = await pull();
      assert.is(end.code, 0, end.output);
      assert.equal(stands(), [next, 'signed again']);
    });
  }

signedTest('commits of a SHA-256 repository are verified too', async () => {
  const { pull, commit, first, stands } = await scene('openpgp', 'clone', 'sha256');
  commit('unsigned', null);
  assert.is((await pull()).evidence.failure?.code, 'untrusted_commit');
  assert.equal(stands(), [first, 'of Ann']);
});

for (const kind of KINDS)
  for (const where of ['clone', 'checkout'] as const)
    signedTest(
      `${kind}, ${where}: no configuration, attribute, hook or keyring of tree and home says otherwise`,
      async () => {
        const { pull, commit, stranger, first, dir, stands } = await scene(kind, where);
        const ran = join(host.dir, 'ran');
        const evil = join(host.dir, 'evil.sh');
        const yes =
          '[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 1 Ann\n[GNUPG:] VALIDSIG 1 2 3 0 4 0 1 8 00 1\n[GNUPG:] TRUST_ULTIMATE\n';
        writeFileSync(
          evil,
          `#!/bin/sh\necho "$0 $*" >>${ran}\nprintf '${yes}'\necho 'Good "git" signature for ann with'\n`,
          {
            mode: 0o755,
          },
        );
        const home = join(host.dir, 'home');
        mkdirSync(join(home, '.config/git'), { recursive: true });
        const strangers = stranger.publish(home);
        const settings = `[gpg]\n\tprogram = ${evil}\n\tminTrustLevel = undefined\n[gpg "ssh"]\n\tprogram = ${evil}
\tallowedSignersFile = ${strangers}\n[gpg "openpgp"]\n\tprogram = ${evil}\n[gpg "x509"]\n\tprogram = ${evil}
[filter "evil"]\n\tsmudge = ${evil}\n\tclean = ${evil}\n\tprocess = ${evil}\n[diff "evil"]\n\tcommand = ${evil}\n\ttextconv = ${evil}
[core]\n\tpager = ${evil}\n\tattributesFile = ${home}/attributes\n[log]\n\tshowSignature = true\n[alias]\n\tverify-commit = !${evil}\n`;
        writeFileSync(join(home, '.gitconfig'), settings);
        writeFileSync(join(home, '.config/git/config'), settings);
        writeFileSync(join(home, 'attributes'), '* filter=evil diff=evil\n');
        writeFileSync(join(dir, '.git/config'), `${readFileSync(join(dir, '.git/config'), 'utf8')}\n${settings}`);
        commit('of a stranger', stranger, {
          '.gitattributes': '* filter=evil diff=evil\n',
          '.gitmodules': '[submodule "x"]',
        });
        const end = await pull({ HOME: home, XDG_CONFIG_HOME: join(home, '.config'), GNUPGHOME: home });
        assert.is(end.code, 1, end.output);
        assert.is(end.evidence.failure?.code, 'untrusted_commit', end.output);
        assert.equal(git(dir, 'rev-parse', 'HEAD'), first);
        assert.is(existsSync(ran) ? readFileSync(ran, 'utf8') : '', '');
        assert.equal(stands(), [first, 'of Ann']);
      },
    );

signedTest('a commit with a replacement object is judged as itself', async () => {
  const { pull, commit, first, dir, stands } = await scene('ssh', 'checkout');
  const unsigned = commit('unsigned', null);
  git(dir, 'fetch', '--quiet', 'origin');
  git(dir, 'replace', unsigned, first);
  assert.is((await pull()).evidence.failure?.code, 'untrusted_commit');
  assert.equal(stands(), [first, 'of Ann']);
});

signedTest('missing or empty signers, or ones inside the repository, trust no commit', async () => {
  const { pullWith, signers, dir } = await scene('ssh', 'checkout');
  const nobody = join(host.dir, 'nobody');
  writeFileSync(nobody, '# nobody yet\n\n');
  mkdirSync(join(host.dir, 'empty'));
  writeFileSync(join(dir, 'signers'), readFileSync(signers));
  for (const [path, why] of [
    [join(host.dir, 'none'), 'cannot be read (ENOENT)'],
    [nobody, 'names no signer'],
    [join(host.dir, 'empty'), 'holds no keys'],
    [join(dir, 'signers'), 'is in the repository itself'],
  ] as const) {
    const { code, evidence, output } = await pullWith(path);
    assert.equal([code, evidence.failure?.code], [1, 'untrusted_commit'], output);
    assert.match(String(evidence.failure?.message), why);
  }
});

signedTest('an expired signer does not count', async () => {
  const { signers, pullWith, commit, trusted, first, stands } = await scene('ssh');
  writeFileSync(signers, readFileSync(signers, 'utf8').replace('namespaces=', 'valid-before="20200101",namespaces='));
  commit('signed again', trusted);
  assert.is((await pullWith(signers)).evidence.failure?.code, 'untrusted_commit');

  const over = createGpgSigner('old', true);
  try {
    commit('signed when the key was good', over);
    const end = await pullWith(over.publish(join(host.dir, 'state')));
    assert.is(end.evidence.failure?.code, 'untrusted_commit', end.output);
    assert.match(end.output, /expired/);
  } finally {
    over.close();
  }
  assert.equal(stands(), [first, 'of Ann']);
});

signedTest('a file without a key is reported, and the other keys count', async () => {
  const { pull, signers, commit, trusted, stands } = await scene('openpgp');
  writeFileSync(join(signers, 'README'), 'who may sign\n');
  const next = commit('signed again', trusted);
  const end = await pull();
  assert.is(end.code, 0, end.output);
  assert.match(end.output, 'README: not a file of OpenPGP public keys alone');
  assert.equal(stands(), [next, 'signed again']);
});

test.run();
