import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, DIR, ended, hostTest, logged, OLD } from './guard-scene.ts';

// Faults of the new system, of the guard and of people.

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

hostTest('an activation that is killed is undone at once', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}; echo 'echo hangs >>${DIR}/log; exec sleep 4321' >test.new`);
  const id = coordinator.rollback();
  await logged(given, 'hangs');
  coordinator.say({ type: 'command.kill', payload: { id, signal: 'SIGKILL', graceMs: 0, force: true } });
  assert.is(await ended(given, id), `undone activation, ${OLD}`);
});

hostTest("a person's own switch in the window is left alone", async (given) => {
  const { host } = given;
  const id = await activated(given, { confirmMs: 10_000 });
  const third = `${DIR}/store/third/bin/switch-to-configuration`;
  await host.machine.shell(`${third} test && ${third} boot`);
  assert.is(await ended(given, id), 'superseded deadline, third system-2-link third');
});

test.run();
