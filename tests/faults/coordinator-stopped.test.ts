import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { TestProxy } from '../harness/proxy.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { type System, withSystem } from '../harness/system.ts';

/** Longer than it takes to bring the hosts to the point where their word is awaited, and shorter than the stop. */
const DEADLINE_MS = 15_000;
const GRACE_MS = 1_000;
/** A kill's word is awaited until 15 s past its grace. */
const STOP_MS = GRACE_MS + 15_000 + 2_000;

const CONFIG = [
  `[ops.again]\nreconnectMs = ${DEADLINE_MS}`,
  `[ops.test]\npostCheckMs = ${DEADLINE_MS}`,
  `[ops.late]\nnotAfterMs = ${DEADLINE_MS}`,
].join('\n');

/** The exit passes, and nothing after it until `opened`. */
function closeAfterExit(proxy: TestProxy): { open(): void } {
  let passed = false;
  proxy.onFrame(({ from, type }) => {
    if (passed) return 'cut-before';
    passed = from === 'agent' && type === 'command.exited';
    return passed ? 'cut-after' : 'pass';
  });
  return { open: () => proxy.onFrame(() => 'pass') };
}

async function addBehindProxy(system: System, name: string, ops: Parameters<typeof addSubject>[2] = {}) {
  const proxy = await system.addProxy();
  return { proxy, subject: await addSubject(system, name, { ...ops, address: proxy.address }) };
}

test(
  'stopped while hosts restart, prove, kill and accept in time: what waits in its sockets counts, and nobody is cut off',
  withSystem(
    async (system) => {
      const { coordinator, api, dir } = system;
      const [restarts, proves, accepts, kills] = await Promise.all([
        addBehindProxy(system, 'restarts', { ops: { again: { script: 'echo again', completion: 'restart' } } }),
        addBehindProxy(system, 'proves', { ops: { test: `echo begin; ${waitAtGate(dir)}` } }),
        addBehindProxy(system, 'accepts', { ops: { late: 'echo late; exit 3' } }),
        addSubject(system, 'kills', { ops: { deaf: "trap '' TERM; echo ready; exec sleep 300" } }),
      ]);
      const deaf = await system.dispatch('deaf', 'kills');
      const proof = await system.dispatch('test', 'proves');
      for (const id of [deaf, proof]) await system.command(id, ({ output }) => output.bytes > 0);

      const closed = [restarts, proves].map(({ proxy }) => closeAfterExit(proxy));
      openGate(dir);
      const again = await system.dispatch('again', 'restarts');
      await system.command(again, ({ status }) => status === 'AWAITING_RECONNECT');
      await system.command(proof, ({ status }) => status === 'AWAITING_POST_CHECK');
      await system.dispatch('kill', 'kills', { options: { graceMs: GRACE_MS } });
      await system.command(deaf, ({ kill }) => kill?.stage === 'term');

      const pid = coordinator.pid();
      let stopped = false;
      accepts.proxy.onFrame(({ from, type }) => {
        if (!stopped && from === 'coordinator' && type === 'command.run') {
          process.kill(pid, 'SIGSTOP');
          stopped = true;
        }
        return 'pass';
      });
      const dispatched = system.dispatch('late', 'accepts');
      await waitFor('the stop', () => stopped);
      for (const { open } of closed) open();
      // Time is the subject of the test: every deadline passes, and each host has spoken long before.
      await sleep(systemClock, STOP_MS);
      process.kill(pid, 'SIGCONT');

      const late = await dispatched;
      await expectSound(accepts.subject, late, { status: 'ERROR', exitCode: 3, starts: 1, output: 'late\n' });
      await expectSound(proves.subject, proof, { status: 'SUCCESS', code: null, starts: 1, output: 'begin\n' });
      await expectSound(kills, deaf, { status: 'KILLED', starts: 1, output: 'ready\n' });
      const back = await expectSound(restarts.subject, again, { status: 'SUCCESS', starts: 1, output: 'again\n' });
      assert.equal(
        back.history.map(({ to }) => to),
        ['PENDING', 'EXECUTING', 'AWAITING_RECONNECT', 'SUCCESS'],
      );
      const asked = [late, proof, deaf].map(async (id) => (await api.command(id)).history);
      for (const { timeoutStatus, code } of (await Promise.all(asked)).flat())
        assert.equal([timeoutStatus, code === 'kill_failed'], ['NORMAL', false]);
      const offline = (await api.events()).filter(
        ({ code, hostId }) => code === 'host_offline' && hostId === kills.host.hostId,
      );
      assert.equal(offline, [], 'one that was there all the time was not cut off');
    },
    { config: CONFIG },
  ),
);

test.run();
