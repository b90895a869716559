import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPS } from '../../shared/ops/ops.ts';
import { createCustom } from './custom.ts';
import { createGitRemote, git } from './fixtures/git-remote.ts';
import { createTestHost, type TestHost } from './fixtures/test-host.ts';
import { repoOf } from './git/repo.ts';
import { createHostPlatform } from './host-platform.ts';

let host: TestHost;
test.before.each(() => {
  host = createTestHost();
});
test.after.each(() => host.close());

const ids = (platform: ReturnType<typeof createCustom>) =>
  platform
    .ops()
    .map(({ id }) => id)
    .sort();

const withRepo = () => {
  const repo = join(host.dir, 'repo');
  git(host.dir, 'init', '--quiet', '-b', 'main', repo);
  const tests = join(repo, 'hosts', 'web1', 'tests');
  mkdirSync(tests, { recursive: true });
  const script = (name: string, text: string, mode = 0o755) => {
    writeFileSync(join(tests, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tests, name), mode);
  };
  const platform = createCustom(host.settings({ repo: { dir: repo, url: null, branch: 'main' } }));
  return { repo, script, platform };
};

test('a host without a repository has only the ops that need none', () => {
  assert.equal(ids(createCustom(host.settings())), ['check-version', 'restart']);
});

test('a host with a repository can pull, test and read the lock', () => {
  assert.equal(
    ids(withRepo().platform),
    ['check-version', 'pull', 'refresh-lock', 'restart', 'test'],
    'an op that common-ops.ts plans for every host with a repository stands here too',
  );
});

test('every op of the table is known to agents', () => {
  writeFileSync(join(host.dir, 'systemctl'), '#!/bin/sh\n', { mode: 0o755 });
  const repo = repoOf({ repoDir: null, repoUrl: '/a', branch: 'main', stateDir: host.dir });
  const platform = createHostPlatform('nixos', host.settings({ repo, isRoot: true, path: host.dir }));
  const known = OPS.filter((op) => op.executor === 'agent');
  assert.equal(ids(platform), known.map(({ id }) => id).sort());
  for (const { id, completion } of platform.ops())
    assert.is(completion, known.find((op) => op.id === id)?.completion, id);
});

test('a reboot is offered only to root, on a machine with the program for it', () => {
  const program = join(host.dir, 'systemctl');
  writeFileSync(program, '', { mode: 0o644 });
  const offered = (isRoot: boolean) => ids(createCustom(host.settings({ isRoot, path: host.dir }))).includes('reboot');
  assert.not(offered(true));
  chmodSync(program, 0o755);
  assert.ok(offered(true));
  assert.not(offered(false));
});

test('an op that this host does not have, and options that it does not take, are refused', async () => {
  const { platform } = withRepo();
  const unknown = await platform.plan('switch', {}, host.context());
  assert.is('code' in unknown && unknown.code, 'unknown_op');
  const options = await platform.plan('pull', { branch: 'evil' }, host.context());
  assert.is('code' in options && options.code, 'invalid_options');
  // The steps of an OPS_FILE don't use it.
  const own = createCustom(host.settings({ opsFile: { pull: { steps: [['true']] } } }));
  assert.equal(own.features, [], 'without a repository no commit can be asked for');
  for (const given of [{ commit: 'a'.repeat(40) }, { allowOlder: true }]) {
    const unheeded = await own.plan('pull', given, host.context());
    assert.is('code' in unheeded && unheeded.code, 'invalid_options');
  }
  const inherited = await platform.plan('constructor', {}, host.context());
  assert.is('code' in inherited && inherited.code, 'unknown_op');
});

test('an op of OPS_FILE runs its steps in order until one fails', async () => {
  const opsFile = {
    deploy: {
      steps: [
        ['echo', 'one  $HOME'],
        ['sh', '-c', 'echo two; exit 3'],
        ['echo', 'three'],
      ],
    },
  };
  const platform = createCustom(host.settings({ opsFile }));
  assert.equal(platform.ops().at(-1), { id: 'deploy', completion: 'exit' });
  const end = await host.run(platform, 'deploy');
  assert.is(end.output, 'one  $HOME\ntwo\n');
  assert.is(end.code, 3);
  assert.equal(end.phases, ['step 1 of 3', 'step 2 of 3']);
});

test('an op of OPS_FILE replaces the built-in one, keeps its completion unless it names one, and may leave evidence', async () => {
  const opsFile = {
    switch: { steps: [['sh', '-c', 'pwd; echo /system >"$SWITCHYARD_EVIDENCE_DIR/builtPath"']], cwd: '/' },
    restart: { steps: [['true']], completion: 'exit' as const },
  };
  const platform = createCustom(host.settings({ opsFile }));
  const completions = new Map(platform.ops().map(({ id, completion }) => [id, completion]));
  assert.is(completions.get('switch'), 'restart');
  assert.is(completions.get('restart'), 'exit');
  const end = await host.run(platform, 'switch');
  assert.is(end.output, '/\n');
  assert.equal(end.evidence, { builtPath: '/system' });
});

test('a missing tool is named before anything runs, with exit code 127', async () => {
  const repo = { dir: join(host.dir, 'repo'), url: '/remote.git', branch: 'main' };
  const opsFile = { deploy: { steps: [['true'], ['no-such-tool', 'x']] } };
  const platform = createCustom(host.settings({ repo, opsFile }));
  const deploy = await host.run(platform, 'deploy', { spawned: true });
  assert.is(deploy.code, 127);
  assert.match(deploy.output, /^no-such-tool: not found in PATH \(.*\); install it on this host/);

  const bare = createCustom(host.settings({ repo, path: host.dir }));
  const pull = await host.run(bare, 'pull');
  assert.is(pull.code, 127);
  assert.match(pull.output, `git: not found in PATH (${host.dir}); install git on this host`);
});

test('restart has nothing to run', async () => {
  const plan = await createCustom(host.settings()).plan('restart', {}, host.context());
  assert.equal(plan, { steps: [], completion: 'restart' });
});

test('all test scripts run in name order, and one that fails fails the op', async () => {
  const { script, platform } = withRepo();
  script('30-last.sh', 'echo last; pwd');
  script('10-first.sh', 'echo first');
  script('20-broken.sh', 'exit 7');
  script('40-draft.sh', 'exit 1', 0o644);
  writeFileSync(join(host.dir, 'repo/hosts/web1/tests/readme.md'), '');
  const end = await host.run(platform, 'test');
  assert.is(end.code, 1);
  assert.equal(
    end.evidence.tests?.map(({ name, exitCode }) => [name, exitCode]),
    [
      ['10-first.sh', 0],
      ['20-broken.sh', 7],
      ['30-last.sh', 0],
    ],
  );
  assert.match(end.output, `last\n${join(host.dir, 'repo')}\n`);
  assert.match(end.output, '40-draft.sh: not run, it is not executable');
  const { tests } = (await platform.facts()).checks;
  assert.equal(tests, {
    status: 'error',
    message: '1 of 3 tests failed: 20-broken.sh',
    checkedAt: host.clock.now(),
  });
});

test('a folder of tests that cannot be read fails the op', async () => {
  const { repo, platform } = withRepo();
  const tests = join(repo, 'hosts/web1/tests');
  rmSync(tests, { recursive: true });
  symlinkSync(tests, tests);
  const end = await host.run(platform, 'test');
  assert.is(end.code, 1);
  assert.match(end.output, 'hosts/web1/tests');
});

test('a host without test scripts passes and says so', async () => {
  const { platform } = withRepo();
  const end = await host.run(platform, 'test');
  assert.is(end.code, 0);
  assert.match(end.output, 'there are no executable scripts in hosts/web1/tests');
  assert.is((await platform.facts()).checks.tests?.status, 'ok');
});

test('refresh-lock keeps its result and time beside the other checks', async () => {
  const { repo, platform } = withRepo();
  await host.run(platform, 'test');
  host.clock.advance(1000);
  const none = await host.run(platform, 'refresh-lock');
  assert.is(none.code, 0);
  assert.is((await platform.facts()).checks.lock?.status, 'unknown');
  writeFileSync(join(repo, 'flake.lock'), 'broken');
  assert.is((await host.run(platform, 'refresh-lock')).code, 1);
  writeFileSync(join(repo, 'flake.lock'), '{"root":"root","nodes":{"root":{}}}');
  assert.is((await host.run(platform, 'refresh-lock')).code, 0);
  const { checks } = await platform.facts();
  assert.is(checks.lock?.status, 'ok');
  assert.is(checks.lock?.checkedAt, host.clock.now());
  assert.is(checks.tests?.checkedAt, host.clock.now() - 1000);
});

test('check-version compares the running agent with the one that the service would start', async () => {
  const installedPath = join(host.dir, 'agent.js');
  writeFileSync(installedPath, "console.log('switchyard-agent 1.2.4 (def)');");
  const platform = createCustom(host.settings({ installedPath }));
  const end = await host.run(platform, 'check-version', { spawned: true });
  assert.is(end.code, 0, end.output);
  assert.equal(end.evidence.versions, { running: '1.2.3 (abc)', installed: '1.2.4 (def)' });
  assert.match(end.output, 'a restart would start another agent');

  writeFileSync(installedPath, 'process.exit(1)');
  const broken = await host.run(platform, 'check-version');
  assert.is(broken.code, 0);
  assert.equal(broken.evidence.versions, { running: '1.2.3 (abc)', installed: null });
});

test("the report shows the pin, the lock and the profile's target", async () => {
  const remote = createGitRemote(host.dir);
  const rev = 'b'.repeat(40);
  const nodes = { root: { inputs: { switchyard: 's' } }, s: { locked: { rev } } };
  const commit = remote.commit('flake.lock', JSON.stringify({ root: 'root', nodes }));
  const profile = join(host.dir, 'system');
  const repo = { dir: join(host.dir, 'repo'), url: remote.url, branch: 'main' };
  const platform = createCustom(host.settings({ repo, profile }));
  const empty = {
    repoCommit: null,
    generation: null,
    lockHash: null,
    systemPath: null,
    profilePath: null,
    bootPath: null,
    bootedPath: null,
    rebootNeeded: null,
    expectedCommit: null,
    checks: {},
  };
  assert.equal(await platform.facts(), empty);
  await host.run(platform, 'pull');
  mkdirSync(profile);
  const facts = await platform.facts();
  assert.is(facts.repoCommit, commit);
  assert.is(facts.expectedCommit, rev);
  assert.is(facts.systemPath, profile);
  assert.is(facts.lockHash?.length, 64);
});

test.run();
