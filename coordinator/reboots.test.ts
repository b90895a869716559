import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, withRig } from './fixtures/agent-side.ts';
import { createDisk } from './fixtures/disk.ts';
import { cancel, listed, NEXT_BOOT, rebooting, SHUTDOWN } from './fixtures/rebooting-host.ts';
import { createRig, type Rig } from './fixtures/rig.ts';

/** The commands that a reboot cut off, if the host's word on them comes late, twice or never. */

test(
  "a connection lost between the next boot's hello and the exit does not turn the shutdown into a failure",
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    rig.intake.closed(session);
    const first = rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] });
    assert.is(rig.command(reboot).status, 'SUCCESS');
    rig.intake.closed(first);
    rig.turn();
    exit(rig, rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }), cut, SHUTDOWN);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  }),
);

test("a restart of the coordinator between the next boot's hello and the exit does not turn the shutdown into a failure", () => {
  const before = createRig();
  const { web1, session, cut } = rebooting(before);
  before.intake.closed(session);
  before.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] });
  before.crash();
  const rig = createRig({ dataDir: before.folder });
  try {
    exit(rig, rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }), cut, SHUTDOWN);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  } finally {
    rig.close();
  }
});

test('a hello of the next boot that could not be stored does not turn the shutdown into a failure', () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const { web1, session, cut } = rebooting(rig);
    rig.intake.closed(session);
    rig.turn();
    disk.full = true;
    rig.intake.closed(rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }));
    rig.turn();
    disk.full = false;
    exit(rig, rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }), cut, SHUTDOWN);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  } finally {
    rig.close();
  }
});

test(
  'a host that is away longer than its reboot may take still explains the signal at its next hello',
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    exit(rig, session, reboot);
    exit(rig, session, cut, SHUTDOWN);
    rig.intake.closed(session);
    rig.clock.advance(6 * 60_000);
    rig.turn();
    assert.is(rig.command(reboot).code, 'no_reconnect');
    assert.is(rig.command(cut).status, 'EXECUTING');
    rig.connect(web1, NEXT_BOOT);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  }),
);

test(
  'a reboot has not cut off a command of an earlier boot',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    rig.intake.closed(session);
    const after = rig.connect(web1, { ...NEXT_BOOT, commands: [listed(id)] });
    rig.dispatch('reboot', 'web1');
    rig.intake.closed(after);
    exit(rig, rig.connect(web1, { ...NEXT_BOOT, commands: [listed(id)] }), id, SHUTDOWN);
    assert.is(rig.command(id).code, 'signalled');
  }),
);

for (const [title, queueMs, leave] of [
  ['cancelled', 60_000, cancel],
  ['expired', 1_000, (rig: Rig) => rig.clock.advance(5_000)],
] as const)
  test(
    `a reboot that is ${title} in the queue says nothing of the one under way`,
    withRig((rig) => {
      const { web1, session, cut, reboot } = rebooting(rig);
      exit(rig, session, cut, SHUTDOWN);
      exit(rig, session, reboot, SHUTDOWN);
      const second = rig.dispatch('reboot', 'web1', { queueMs });
      assert.is(rig.command(second).status, 'QUEUED');
      leave(rig, second);
      rig.turn();
      assert.is(rig.command(cut).status, 'EXECUTING');
      rig.intake.closed(session);
      rig.connect(web1, NEXT_BOOT);
      assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
      assert.is(rig.command(reboot).status, 'SUCCESS');
    }),
  );

test(
  'an exit reported during the shutdown stays in the record',
  withRig((rig) => {
    const { web1, session, cut } = rebooting(rig);
    exit(rig, session, cut, { exitCode: 143, evidence: { leftovers: 2 } });
    rig.intake.closed(session);
    rig.connect(web1, NEXT_BOOT);
    const { status, exitCode, evidence } = rig.command(cut);
    assert.equal(
      { status, exitCode, evidence },
      { status: 'ABORTED_BY_REBOOT', exitCode: 143, evidence: { leftovers: 2 } },
    );
  }),
);

test(
  'a process ended by the shutdown needs no kill',
  withRig((rig) => {
    const { session, cut } = rebooting(rig);
    exit(rig, session, cut, SHUTDOWN);
    const kill = rig.dispatch('kill', 'web1', { options: { commandId: cut } });
    assert.equal([rig.command(kill).status, rig.command(kill).code], ['BLOCKED', 'no_running_command']);
  }),
);

test(
  'a kill that was under way when the shutdown ended its target has not failed',
  withRig((rig) => {
    const { web1, session, cut } = rebooting(rig);
    const kill = rig.dispatch('kill', 'web1', { options: { commandId: cut } });
    for (const _ of ['the shutdown’s', 'the answer to the kill']) exit(rig, session, cut, SHUTDOWN);
    assert.equal([rig.command(kill).status, rig.command(kill).code], ['SUCCESS', 'already_ended']);
    rig.clock.advance(60_000);
    rig.turn();
    assert.equal([rig.command(cut).status, rig.command(cut).code], ['EXECUTING', null]);
    rig.intake.closed(session);
    rig.connect(web1, NEXT_BOOT);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  }),
);

for (const [code, status] of [
  ['not_started', 'ERROR'],
  ['killed_before_start', 'KILLED'],
] as const)
  test(
    `a last word ${code} that nobody heard before a reboot is still believed after it`,
    withRig((rig) => {
      const { web1, session, cut } = rebooting(rig);
      rig.intake.closed(session);
      const after = rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] });
      void rig.intake.frame(after, { type: 'command.rejected', payload: { id: cut, code, message: 'it never ran' } });
      rig.turn();
      assert.is(rig.command(cut).status, status);
    }),
  );

test(
  'another boot with another state folder shows that it rebooted, and not how a command ended',
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    rig.intake.closed(session);
    rig.connect(web1, { ...NEXT_BOOT, stateId: 'state-2' });
    assert.equal([rig.command(cut).status, rig.command(cut).code], ['LOST', 'state_lost']);
    assert.is(rig.command(reboot).status, 'SUCCESS');
  }),
);

test(
  'a switch that awaits the return of its agent activates nothing any more: the host may reboot',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('switch', 'web1');
    accept(rig, session, id);
    void rig.intake.frame(session, { type: 'command.progress', payload: { id, phase: 'activate' } });
    rig.turn();
    assert.is(rig.command(rig.dispatch('reboot', 'web1')).code, 'activating');
    exit(rig, session, id);
    assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
    assert.is(rig.command(rig.dispatch('reboot', 'web1')).status, 'PENDING');
  }),
);

test.run();
