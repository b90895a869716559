import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exit, withRig } from './fixtures/agent-side.ts';
import { cancel, listed, NEXT_BOOT, rebooting, SHUTDOWN } from './fixtures/rebooting-host.ts';
import type { Rig } from './fixtures/rig.ts';

/** A reboot that a person cancels or ignores goes on at the host: what it then cuts off. */

const ignore = (rig: Rig, id: string) => {
  rig.clock.advance(5 * 60_000);
  rig.engine.apply(id, { type: 'ignore', at: rig.clock.now(), actor: 'ann' });
  rig.turn();
};

for (const [how, giveUp, status] of [
  ['cancelled', cancel, 'CANCELLED'],
  ['ignored', ignore, 'TIMEOUT'],
] as const) {
  const givenUp = (rig: Rig) => {
    const host = rebooting(rig);
    giveUp(rig, host.reboot);
    assert.is(rig.command(host.reboot).status, status);
    return host;
  };

  test(
    `a reboot that is ${how} and happens has cut off what its shutdown ended, told before or after`,
    withRig((rig) => {
      const { web1, session, cut, reboot } = givenUp(rig);
      exit(rig, session, cut, SHUTDOWN);
      assert.is(rig.command(cut).status, 'EXECUTING', 'the next boot says what the signal was');
      exit(rig, session, reboot);
      assert.is(rig.command(cut).status, 'EXECUTING', 'the host goes down');
      rig.intake.closed(session);
      rig.connect(web1, NEXT_BOOT);
      assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
    }),
  );

  for (const end of [{}, SHUTDOWN])
    test(
      `a reboot that is ${how} and happens has cut off what is ended after it, ${end === SHUTDOWN ? 'as it was itself' : 'as is usual'}`,
      withRig((rig) => {
        const { web1, session, cut, reboot } = givenUp(rig);
        exit(rig, session, reboot, end);
        exit(rig, session, cut, SHUTDOWN);
        assert.is(rig.command(cut).status, 'EXECUTING', 'the next boot says what the signal was');
        rig.intake.closed(session);
        rig.connect(web1, NEXT_BOOT);
        assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
      }),
    );

  test(
    `a reboot that is ${how} and happens has cut off what only the next boot tells of`,
    withRig((rig) => {
      const { web1, session, cut } = givenUp(rig);
      rig.intake.closed(session);
      const after = rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] });
      exit(rig, after, cut, SHUTDOWN);
      assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
    }),
  );

  test(
    `a reboot that is ${how} and fails has cut off nothing`,
    withRig((rig) => {
      const { session, cut, reboot } = givenUp(rig);
      exit(rig, session, cut, SHUTDOWN);
      exit(rig, session, reboot, { exitCode: 1 });
      assert.is(rig.command(cut).code, 'signalled');
    }),
  );

  test(
    `a reboot that is ${how} and did not happen, as a hello of the same boot shows, has cut off nothing`,
    withRig((rig) => {
      const { web1, session, cut } = givenUp(rig);
      exit(rig, session, cut, SHUTDOWN);
      rig.intake.closed(session);
      rig.connect(web1);
      assert.is(rig.command(cut).code, 'signalled');
    }),
  );
}

test(
  'after a reboot cancelled during the shutdown, the next boot decides which shutdown it was',
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    exit(rig, session, reboot);
    exit(rig, session, cut, SHUTDOWN);
    cancel(rig, reboot);
    assert.is(rig.command(reboot).status, 'CANCELLED');
    assert.is(rig.command(cut).status, 'EXECUTING');
    rig.intake.closed(session);
    rig.connect(web1, NEXT_BOOT);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  }),
);

test(
  'a reboot cancelled while the host is down counts as the cause of the exits that the next boot reports',
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    exit(rig, session, reboot);
    rig.intake.closed(session);
    cancel(rig, reboot);
    for (const _ of ['first', 'second'])
      rig.intake.closed(rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }));
    exit(rig, rig.connect(web1, { ...NEXT_BOOT, commands: [listed(cut)] }), cut, SHUTDOWN);
    assert.is(rig.command(cut).status, 'ABORTED_BY_REBOOT');
  }),
);

test(
  'a reboot that did its work and yet did not happen explains no signal after the next hello',
  withRig((rig) => {
    const { web1, session, cut, reboot } = rebooting(rig);
    exit(rig, session, reboot);
    cancel(rig, reboot);
    rig.intake.closed(session);
    const running = { ...listed(cut), state: 'running' as const };
    exit(rig, rig.connect(web1, { commands: [running] }), cut, SHUTDOWN);
    assert.is(rig.command(cut).code, 'signalled');
  }),
);

test.run();
