import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { ASKS_NOBODY } from '../../shared/programs/git-asking.ts';
import type { System } from '../harness/system.ts';
import type { BootedHost } from './booted-host.ts';
import { setScene } from './scene.ts';

/** Ops run until /tmp/go is there. */
const WAIT = 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.05; done; rm /tmp/go; echo end';

/** Leaves parent, group, session and environment behind and ignores SIGTERM: only the cgroup still shows whose it is. */
const RUNAWAY = `cp -n "$(command -v sleep)" /tmp/runaway
(setsid env -i sh -c 'trap "" TERM; exec /tmp/runaway 1000' &)`;

/** Ignores SIGTERM. */
const STAY = `trap '' TERM; echo ready; exec sleep 300`;

const ops = Object.entries({
  stay: STAY,
  wait: WAIT,
  environment: 'env',
  leave: `${RUNAWAY}; until pgrep -x runaway; do sleep 0.05; done`,
  switch: `${RUNAWAY}; until pgrep -x runaway; do sleep 0.05; done; ${WAIT}`,
});
const OPS = ops.map(([op, script]) => `[ops.${op}]\nsteps = [${JSON.stringify(['sh', '-c', script])}]\n`).join('\n');

const hostTest = await setScene({}, async ({ addHost }) => ({ host: await addHost('web1', { ops: OPS }) }));

type Given = { system: System; host: BootedHost };

const outputOf = async ({ system }: Given, id: string) => (await system.api.output(id)).toString();

/** Dispatches an op and waits until it says that it runs. */
async function started(given: Given, op: string): Promise<string> {
  const id = await given.system.dispatch(op, 'web1');
  await waitFor(`${op} to run`, async () => (await outputOf(given, id)).includes('ready'));
  return id;
}

const units = ({ host }: Given) => host.machine.shell("systemctl list-units --plain --no-legend 'switchyard-*-*'");
const noUnit = (given: Given) =>
  waitFor(
    'no unit',
    () => units(given),
    (text) => text === '',
  );
const runaways = ({ host }: Given) => host.machine.shell('pgrep -xc runaway || true');
const letGo = ({ host }: Given) => host.machine.shell('touch /tmp/go');

hostTest('a command has a unit of its own, seen under its op and id, that is gone with it', async (given) => {
  const id = await started(given, 'wait');
  assert.match(await units(given), `switchyard-wait-${id}-`);
  await letGo(given);
  assert.is((await given.system.command(id)).status, 'SUCCESS');
  assert.is(await outputOf(given, id), 'ready\nend\n');
  await noUnit(given);
});

hostTest('a command that runs as a unit has the environment of a detached process', async (given) => {
  const { id, status } = await given.system.run('environment', 'web1');
  assert.is(status, 'SUCCESS');
  const names = (await outputOf(given, id)).split('\n').map((line) => line.split('=')[0]);
  const own = ['COMMAND_ID', 'COMMAND_TAG', 'EVIDENCE_DIR', 'STATE'].map((name) => `SWITCHYARD_${name}`);
  const common = ['HOME', 'LANG', 'LOGNAME', 'OLDPWD', 'PATH', 'PWD', 'USER', ...Object.keys(ASKS_NOBODY)];
  assert.equal(names.filter(Boolean).sort(), [...common, ...own].sort());
});

hostTest('the agent is restarted by hand: the same process goes on, and its whole output arrives', async (given) => {
  const { system, host } = given;
  const id = await started(given, 'wait');
  const pid = (await system.api.command(id)).pid;
  const agent = await host.agentPid();
  await host.machine.shell('systemctl restart switchyard-agent');
  assert.is.not(await host.agentPid(), agent);
  await host.online();
  await host.machine.shell(`kill -0 ${pid}`);
  await letGo(given);
  const ended = await system.command(id);
  assert.equal([ended.status, ended.pid, ended.exitCode], ['SUCCESS', pid, 0]);
  assert.is(await outputOf(given, id), 'ready\nend\n');
});

hostTest('a kill reaches what has left group, session, parent and environment', async (given) => {
  const { system } = given;
  const id = await started(given, 'switch');
  assert.is(await runaways(given), '1');
  const kill = await system.run('kill', 'web1', { options: { graceMs: 300 } });
  assert.equal([kill.status, kill.code], ['SUCCESS', null]);
  const { status, kill: word } = await system.command(id);
  assert.is(status, 'KILLED');
  assert.type(word?.escalatedAt, 'number');
  assert.is(await runaways(given), '0');
});

hostTest('processes that a command leaves behind are ended before its exit is reported, and counted', async (given) => {
  const { status, evidence } = await given.system.run('leave', 'web1');
  assert.is(status, 'SUCCESS');
  assert.ok((evidence?.leftovers ?? 0) >= 1);
  assert.is(await runaways(given), '0');
});

hostTest('a unit that is killed as a whole ended by that signal: systemd is the witness', async (given) => {
  const { system, host } = given;
  const id = await started(given, 'wait');
  await host.machine.shell(`systemctl kill --signal=KILL 'switchyard-wait-${id}-*'`);
  const { status, code, signal } = await system.command(id);
  assert.equal([status, code, signal], ['ERROR', 'signalled', 'SIGKILL']);
});

hostTest(
  'the outcome of a step that lived on after its wrapper cannot be known, and systemd ends it',
  async (given) => {
    const { system, host } = given;
    const id = await started(given, 'stay');
    const { pid } = await system.api.command(id);
    await host.machine.shell(`kill -KILL ${pid}`);
    assert.is((await system.command(id)).status, 'LOST');
    await noUnit(given);
  },
);

hostTest('a unit whose spool is gone is ended by the next agent, and the command is lost', async (given) => {
  const { system, host } = given;
  const id = await started(given, 'switch');
  await host.machine.shell('systemctl stop switchyard-agent; rm -r /var/lib/switchyard-agent/*');
  assert.match(await units(given), id);
  await host.machine.shell('systemctl start switchyard-agent');
  assert.is((await system.command(id)).status, 'LOST');
  assert.is(await units(given), '');
  assert.is(await runaways(given), '0');
  assert.match(await host.journal(), 'ended processes that belonged to no command');
});

hostTest("the tag of a command is nobody else's to know: not in its unit, nor in any argv", async (given) => {
  const { system, host } = given;
  const id = await started(given, 'wait');
  const { tag } = JSON.parse(await host.machine.shell(`cat /var/lib/switchyard-agent/spool/${id}/spec.json`));
  assert.match(tag, /^[0-9a-f-]{36}$/);
  const shown = await host.machine.shell(
    `systemctl show 'switchyard-wait-${id}-*'; cat /proc/[0-9]*/cmdline | tr '\\0' ' '`,
  );
  assert.match(shown, id);
  assert.not.match(shown, tag);
  await letGo(given);
  assert.is((await system.command(id)).status, 'SUCCESS');
});

hostTest('neither journal nor units nor spool hold the token', async (given) => {
  const { host } = given;
  const id = await started(given, 'wait');
  const unit = await host.machine.shell(`systemctl show 'switchyard-wait-${id}-*' switchyard-agent`);
  const controls = ['/tmp', '/var/lib', '/var/log'].map((folder) => `${folder}/control`);
  // A token may begin with a dash, which grep takes for an option, hence -e.
  const said = await host.machine.shell(`
    for file in ${controls.join(' ')}; do cp /etc/switchyard/token $file; done
    grep -rlF -e '${host.token}' /var/lib /var/log /run /tmp 2>&1 || true
    rm ${controls.join(' ')}`);
  await letGo(given);
  await given.system.command(id);
  assert.match(unit, `Id=switchyard-wait-${id}-`);
  assert.not.match(unit, host.token);
  const journal = await host.journal();
  assert.match(journal, `switchyard-wait-${id}-`);
  assert.not.match(journal, host.token);
  // The agent's files come and go meanwhile. Every other complaint of grep's is checked.
  const lines = said.split('\n').filter((line) => !/^grep: .*: No such file or directory$/.test(line));
  assert.equal(lines.sort(), ['/run/credentials/switchyard-agent.service/token', ...controls]);
});

test.run();
