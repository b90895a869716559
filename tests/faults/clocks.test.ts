import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { runTime } from '../../shared/model/run-time.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { type System, withSystem } from '../harness/system.ts';
import { faketimeMissing, memoryOf, withWallClock } from '../harness/wall-clock.ts';

const clockTest = testUnless([faketimeMissing()]);

const DAY_MS = 24 * 3_600_000;
const CONFIG = '[ops.short]\nwarningMs = 200\ntimeoutMs = 2500\n';

const beats = async ({ api }: System, host: string) => (await api.host(host)).report?.sampledAt;

clockTest(
  'the clock of a host set a day forward or back under a command: it runs once and ends as it ended',
  withWallClock((clock) =>
    withSystem(async (system) => {
      const subject = await addSubject(system, 'host', {
        env: clock.env,
        ops: {
          work: `echo begin; ${waitAtGate(system.dir, 'work')}; exit 5`,
          deaf: "trap '' TERM; echo ready; exec sleep 300",
        },
      });
      for (const offset of [DAY_MS, -DAY_MS, 0]) {
        const before = await beats(system, 'host');
        clock.set(offset);
        // Known late, so that the host's clock is off by a day when the command comes: `notAfter` is the server's time.
        await waitFor('a heartbeat', async () => (await beats(system, 'host')) !== before);
        const gone = await system.run('next', 'host');
        assert.is(gone.status, 'SUCCESS', gone.message ?? '');
        const ran = runTime(gone, gone.finishedAt ?? 0);
        assert.ok(ran !== null && ran >= 0 && ran < 10_000, `${gone.op} ran for ${ran} ms`);
      }
      const id = await system.dispatch('work', 'host');
      await system.command(id, ({ output }) => output.bytes > 0);
      for (const offset of [DAY_MS, -DAY_MS]) {
        clock.set(offset);
        const pid = subject.host.agent.pid();
        subject.host.agent.kill('SIGKILL');
        await subject.host.offline();
        assert.equal(memoryOf(pid), [], 'it leaves nothing of its clock');
        await subject.host.online();
        assert.is((await system.api.command(id)).status, 'EXECUTING');
      }
      openGate(system.dir, 'work');
      await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\n' });

      // The grace of a kill does not follow the wall clock.
      const deaf = await system.dispatch('deaf', 'host');
      await system.command(deaf, ({ output }) => output.bytes > 0);
      await system.dispatch('kill', 'host', { options: { graceMs: 1_500 } });
      await system.command(deaf, ({ kill }) => kill?.stage === 'term');
      clock.set(DAY_MS);
      await expectSound(subject, deaf, { status: 'KILLED', starts: 1, output: 'ready\n' });
    })(),
  ),
);

clockTest(
  'the clock of the coordinator set a day forward or back: no deadline fires or is put off by that',
  withWallClock((clock) =>
    withSystem(
      async (system) => {
        const { api } = system;
        const subject = await addSubject(system, 'host', {
          ops: {
            work: `echo begin; ${waitAtGate(system.dir, 'work')}; exit 5`,
            short: `echo begin; ${waitAtGate(system.dir, 'short')}; exit 5`,
          },
        });
        const long = await system.dispatch('work', 'host');
        const { timeoutAt } = await system.command(long, ({ output }) => output.bytes > 0);
        clock.set(DAY_MS);
        // Drift is checked every 10 s, and at each deadline.
        const shifted = await system.command(long, (command) => command.timeoutAt !== timeoutAt);
        assert.ok(Math.abs((shifted.timeoutAt ?? 0) - (timeoutAt ?? 0) - DAY_MS) < 5_000);
        assert.equal([shifted.status, shifted.timeoutStatus], ['EXECUTING', 'NORMAL']);
        openGate(system.dir, 'work');
        await expectSound(subject, long, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\n' });

        const short = await system.dispatch('short', 'host');
        await system.command(short, ({ timeoutStatus }) => timeoutStatus === 'WARNING');
        clock.set(-DAY_MS);
        const asked = await system.command(short, ({ timeoutStatus }) => timeoutStatus === 'TIMED_OUT');
        assert.is(asked.status, 'EXECUTING');
        assert.is((await api.host('host')).online, true);
        openGate(system.dir, 'short');
        await expectSound(subject, short, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\n' });
      },
      { config: CONFIG, coordinatorEnv: clock.env },
    )(),
  ),
);

test.run();
