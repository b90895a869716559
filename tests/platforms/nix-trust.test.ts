import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';

const nixTest = testUnless([toolMissing('nix')]);

/** A build of a single file, and a hook that the repository would have run after it, as nix's user. */
const flakeNix = (hook: string) => `{
  nixConfig.post-build-hook = "${hook}";
  outputs = _: {
    built = derivation {
      name = "built";
      system = builtins.currentSystem or "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-c" "echo ${process.pid} > $out" ];
    };
  };
}
`;

nixTest('the nixConfig of a repository acts on nothing, also where the user of nix accepts all of it', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-nix-trust-')));
  try {
    const [flake, hook, ran] = [join(dir, 'flake'), join(dir, 'hook'), join(dir, 'ran')];
    mkdirSync(flake);
    writeFileSync(hook, `#!/bin/sh\n: > ${ran}\n`, { mode: 0o755 });
    writeFileSync(join(flake, 'flake.nix'), flakeNix(hook));
    writeFileSync(join(dir, 'agent.js'), await agentBundle(''));
    const stores = ['store', 'state', 'log'].map((name) => [`NIX_${name.toUpperCase()}_DIR`, join(dir, 'nix', name)]);
    const env = {
      PATH: process.env.PATH,
      HOME: dir,
      SWITCHYARD_EVIDENCE_DIR: dir,
      ...Object.fromEntries(stores),
      NIX_CONFIG: 'accept-flake-config = true\nsandbox = false\nbuild-users-group =\nsubstituters =',
    };
    const build = ['build', `path:${flake}#built`, '--impure', '--no-link', '--no-write-lock-file'];
    const run = (program: string, ...args: string[]) =>
      spawnSync(program, args, { env, cwd: flake, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

    const ours = run(process.execPath, join(dir, 'agent.js'), 'step', 'nix', ...build);
    assert.is(ours.status, 0, ours.stderr);
    assert.is(existsSync(ran), false, 'the hook of the repository has run');

    // So it would without us.
    const theirs = run('nix', '--extra-experimental-features', 'nix-command flakes', ...build, '--rebuild');
    assert.is(theirs.status, 0, theirs.stderr);
    assert.is(existsSync(ran), true, theirs.stderr);
  } finally {
    spawnSync('chmod', ['-R', 'u+w', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
