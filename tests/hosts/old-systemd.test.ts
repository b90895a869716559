/** The documented unit and what the agent makes of it, under the oldest systemd that docs/install.md names. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createGitRemote } from '../../agent/platforms/fixtures/git-remote.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { AGENT_PATH, OLDEST_RELEASE } from './booted-host.ts';
import { setScene } from './scene.ts';

/** Every byte that systemd or a shell could interpret. */
const SECRET = 'access-tokens = a.b=s3cret\r\n# "$HOME" `id` \\n \'x\' #;';

/** As systemd reads it in agent.env, between double quotes. */
const quoted = `"${SECRET.replaceAll(/["\\`$]/g, '\\$&')}"`;

const ops = {
  say: 'printf %s "$NIX_CONFIG"',
  env: 'env',
  stay: `(setsid env -i sh -c 'trap "" TERM; exec sleep 1000' &) ; trap '' TERM; echo ready; exec sleep 1000`,
  switch: 'echo switched',
};
const OPS = Object.entries(ops)
  .map(([op, script]) => `[ops.${op}]\nsteps = [${JSON.stringify(['sh', '-c', script])}]\n`)
  .join('\n');

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-remote-')));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const remote = createGitRemote(dir);
remote.commit('flake.nix', '{ }');

const hostTest = await setScene({ release: OLDEST_RELEASE }, async ({ addHost }) => {
  const env = { NIX_CONFIG: quoted, SWITCHYARD_REPO_URL: remote.url };
  return { host: await addHost('old', { ops: OPS, env, binds: [dir] }) };
});

hostTest('commands are units, with the whole environment, of which no value is for others to see', async (given) => {
  const { system, host } = given;
  assert.match(await host.machine.shell('systemctl --version'), /^systemd 247 /);
  const said = await system.run('say', 'old');
  assert.equal([said.status, said.code], ['SUCCESS', null], said.message ?? '');
  assert.is((await system.api.output(said.id)).toString(), SECRET);
  const names = (await system.api.output((await system.run('env', 'old')).id)).toString();
  for (const name of ['HOME', 'PATH', 'USER', 'SWITCHYARD_EVIDENCE_DIR'])
    assert.match(names, new RegExp(`^${name}=/?\\w`, 'm'));

  const id = await system.dispatch('stay', 'old');
  await waitFor('the op to run', async () => (await system.api.output(id)).toString() === 'ready\n');
  const shown = await host.machine.shell(`systemctl show 'switchyard-stay-${id}-*'`);
  assert.match(shown, `Id=switchyard-stay-${id}`);
  assert.not.match(shown, 's3cret');
  await waitFor(
    'the file of the environment to go',
    () => host.machine.shell('ls -A /run/switchyard-*'),
    (files) => files === '',
  );
  const kill = await system.run('kill', 'old', { options: { graceMs: 100 } });
  assert.equal([kill.status, (await system.command(id)).status], ['SUCCESS', 'KILLED']);
  assert.is(await host.machine.shell('pgrep -xc sleep || true'), '0');
});

hostTest('after a switch the unit starts another agent', async ({ system, host }) => {
  const agent = await host.agentPid();
  const { status } = await system.run('switch', 'old');
  assert.is(status, 'SUCCESS');
  assert.is.not(await host.agentPid(), agent);
  const complaints = /Unknown (lvalue|key)|Failed to parse|Failed to resolve|Invalid environment/;
  assert.not.match(await host.machine.shell('journalctl --no-pager --boot --output=cat _PID=1'), complaints);
});

hostTest('its git pulls, and --check names what it found', async ({ system, host }) => {
  const { status, evidence, after } = await system.run('pull', 'old', { queueMs: 30_000 });
  assert.equal([status, after?.repoCommit], ['SUCCESS', evidence?.fetchedCommit]);
  const said = await host.machine.shell(`set -a; . /etc/switchyard/agent.env
    SWITCHYARD_TOKEN_FILE=/etc/switchyard/token node ${AGENT_PATH} --check`);
  assert.match(said, /^ok {4}tools {8}found sh, .*git 2\.30\.\d+, systemd 247$/m);
});

test.run();
