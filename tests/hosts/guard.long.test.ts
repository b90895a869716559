import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, DIR, ended, guardUnits, hostTest, logged, NEW, OLD } from './guard-scene.ts';

// Faults of the new system, of the guard and of people.

hostTest('the guard is a unit of its own, is started again when it is killed, and keeps', async (given) => {
  const { coordinator, host } = given;
  const id = await activated(given);
  const unit = await guardUnits(given);
  assert.match(unit, /^switchyard-guard-[0-9a-f]{16}\.service$/);
  const pid = () => host.machine.shell(`systemctl show --property=MainPID --value ${unit}`);
  const first = await pid();
  await host.machine.shell(`systemctl kill --signal=KILL ${unit}`);
  await waitFor('another one', pid, (now) => now !== first && now !== '0');
  coordinator.say({ type: 'command.keep', payload: { id } });
  assert.is(await ended(given, id), `kept keep, ${NEW}`);
});

hostTest('a system that takes the agent off the network is undone, and the agent is back', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(
    `cd ${DIR}; echo 'ip link set uplink down' >test.new; echo 'ip link set uplink up' >test.old`,
  );
  const id = coordinator.rollback({ confirmMs: 8_000 });
  const isDown = () => host.machine.shell('cat /sys/class/net/uplink/operstate');
  await waitFor('a link that is down', isDown, (state) => state === 'down');
  const { sampledAt } = coordinator.report();
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
  assert.ok(coordinator.report().sampledAt - sampledAt > 7_000, 'nothing was heard of it meanwhile');
  assert.is((await coordinator.exited(id)).exitCode, 0);
});

hostTest("a system that masks the agent's unit is undone, and the agent is back", async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}
    echo 'cd /etc/systemd/system; mv switchyard-agent.service away; ln -s /dev/null switchyard-agent.service
      systemctl daemon-reload; systemctl --no-block stop switchyard-agent' >test.new
    echo 'cd /etc/systemd/system; mv away switchyard-agent.service; systemctl daemon-reload' >test.old`);
  const agent = await host.agentPid();
  const id = coordinator.rollback({ confirmMs: 4_000 });
  await waitFor(
    'a masked unit',
    () => host.machine.shell('systemctl is-enabled switchyard-agent || true'),
    (state) => state === 'masked',
  );
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
  assert.is.not(await host.agentPid(), agent);
});

hostTest('a system that breaks the token is undone, and the agent is welcome again', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}
    echo 'mv /etc/switchyard/token /etc/switchyard/away; systemctl --no-block restart switchyard-agent' >test.new
    echo 'mv /etc/switchyard/away /etc/switchyard/token' >test.old`);
  const id = coordinator.rollback({ confirmMs: 4_000 });
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
});

hostTest('an activation that hangs is undone by an undo, with everything that it had started', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(
    `cd ${DIR}; echo 'echo hangs >>${DIR}/log; (setsid sleep 4321 &); exec sleep 4321' >test.new`,
  );
  const id = coordinator.rollback();
  await logged(given, 'hangs');
  coordinator.say({ type: 'command.undo', payload: { id } });
  assert.is(await ended(given, id), `undone undo, ${OLD}`);
  assert.is((await coordinator.exited(id)).signal, 'SIGKILL');
  assert.is(await host.machine.shell("pgrep -cf '^sleep 4321' || true"), '0');
});

hostTest('an activation that is killed is undone at once', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}; echo 'echo hangs >>${DIR}/log; exec sleep 4321' >test.new`);
  const id = coordinator.rollback();
  await logged(given, 'hangs');
  coordinator.say({ type: 'command.kill', payload: { id, signal: 'SIGKILL', graceMs: 0, force: true } });
  assert.is(await ended(given, id), `undone activation, ${OLD}`);
});

hostTest('a system that reboots the host is undone by that', async (given) => {
  const { host, coordinator } = given;
  const bootId = await host.bootId();
  await host.machine.shell(`echo 'systemctl --no-block reboot' >${DIR}/test.new`);
  const id = coordinator.rollback();
  await waitFor(
    'the next boot',
    async () => [await host.bootId(), await host.machine.shell('systemctl is-system-running || true')],
    ([boot, state]) => boot !== bootId && /^(running|degraded)$/.test(state ?? ''),
  );
  await host.machine.plugIn();
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest("a person's own switch in the window is left alone", async (given) => {
  const { host } = given;
  const id = await activated(given, { confirmMs: 10_000 });
  const third = `${DIR}/store/third/bin/switch-to-configuration`;
  await host.machine.shell(`${third} test && ${third} boot`);
  assert.is(await ended(given, id), 'superseded deadline, third system-2-link third');
});

test.run();
