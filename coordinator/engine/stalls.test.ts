import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../shared/model/command.ts';
import { accept, exit } from '../fixtures/agent-side.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { nextDeadline } from '../lifecycle/deadline.ts';
import type { DeadlineName } from '../lifecycle/event.ts';

/** A stall of our own is not silence of a host: every deadline that needs a word, at stalls of 1 s to 10 min. */

type Waiting = { rig: Rig; host: string; hostId: string; session: FakeSession; id: string };

type Case = {
  name: DeadlineName;
  op: string;
  /** Brings the command to the point where this deadline is next. */
  reach(waiting: Waiting): void;
  hasFired(command: Command): boolean;
  /** The host's words, and the command's state afterwards. */
  word(waiting: Waiting): void;
  becomes: string;
};

const accepted = ({ rig, session, id }: Waiting): void => accept(rig, session, id);
const exited = ({ rig, session, id }: Waiting, more: object = {}): void => exit(rig, session, id, more);
const dueOf = ({ rig, id }: Waiting) => {
  const record = rig.recordOf(id);
  return record && nextDeadline(record);
};
const pass = (waiting: Waiting): void => {
  const { rig } = waiting;
  rig.clock.advance((dueOf(waiting)?.at ?? 0) - rig.clock.now() + 1);
  rig.turn();
};

const CASES: Case[] = [
  {
    name: 'notAfter',
    op: 'check-version',
    reach: () => {},
    hasFired: ({ timeoutStatus }) => timeoutStatus === 'TIMED_OUT',
    word: accepted,
    becomes: 'EXECUTING',
  },
  {
    name: 'warningAt',
    op: 'check-version',
    reach: accepted,
    hasFired: ({ timeoutStatus }) => timeoutStatus !== 'NORMAL',
    word: exited,
    becomes: 'SUCCESS',
  },
  {
    name: 'timeoutAt',
    op: 'check-version',
    reach(waiting) {
      accepted(waiting);
      pass(waiting);
    },
    hasFired: ({ timeoutStatus }) => timeoutStatus === 'TIMED_OUT',
    word: exited,
    becomes: 'SUCCESS',
  },
  {
    name: 'decideBy',
    op: 'check-version',
    reach(waiting) {
      accepted(waiting);
      pass(waiting);
      pass(waiting);
    },
    hasFired: ({ kill }) => kill !== null,
    word: exited,
    becomes: 'SUCCESS',
  },
  {
    name: 'killBy',
    op: 'check-version',
    reach(waiting) {
      accepted(waiting);
      waiting.rig.dispatch('kill', waiting.host);
    },
    hasFired: ({ code }) => code === 'kill_failed',
    word: (waiting) => exited(waiting, { exitCode: null, signal: 'SIGTERM', kill: { termAt: 1, killAt: null } }),
    becomes: 'KILLED',
  },
  {
    name: 'postCheckBy',
    op: 'pull',
    reach(waiting) {
      accepted(waiting);
      exited(waiting, { evidence: { fetchedCommit: 'abc' } });
      pass(waiting);
    },
    hasFired: ({ status }) => status === 'PARTIAL',
    word: ({ rig, session, id }) => rig.heartbeat(session, { repoCommit: 'abc', afterCommand: id }),
    becomes: 'SUCCESS',
  },
  {
    name: 'reconnectBy',
    op: 'restart',
    reach(waiting) {
      accepted(waiting);
      exited(waiting);
      waiting.rig.intake.closed(waiting.session);
      waiting.rig.turn();
    },
    hasFired: ({ status }) => status === 'TIMEOUT',
    word: ({ rig, hostId }) => void rig.connect(hostId, { instanceId: 'instance-2' }),
    becomes: 'SUCCESS',
  },
];

const STALLS_MS = [1_000, 5_000, 30_000, 60_000, 600_000];
/** How long before the deadline the stall begins: it passes at once, in the middle, with the end, and just after it. */
const BEFORE_MS = [(_: number) => 1, (ms: number) => ms / 2, (ms: number) => ms, (ms: number) => ms + 50];

/** Once for each stall and each place of the deadline in it; `stall` runs it, with the timers late. */
function inEach(
  one: Case,
  places: typeof BEFORE_MS,
  body: (waiting: Waiting, stall: () => void, ms: number, told: string) => void,
): void {
  const rig = createRig({ thresholds: { onTimeout: 'kill', decisionMs: 601_000 } });
  try {
    for (const ms of STALLS_MS)
      for (const [place, before] of places.entries()) {
        const host = `web-${ms}-${place}`;
        const hostId = rig.addHost(host);
        const waiting = { rig, host, hostId, session: rig.connect(hostId), id: rig.dispatch(one.op, host) };
        one.reach(waiting);
        const due = dueOf(waiting);
        assert.is(due?.name, one.name);
        const ahead = (due?.at ?? 0) - rig.clock.now() - before(ms);
        if (ahead < 0) continue;
        rig.clock.advance(ahead);
        rig.turn();
        const stall = () => {
          rig.clock.stall(ms);
          rig.clock.advance(0);
          rig.turn();
        };
        body(waiting, stall, ms, `${one.name}, ${ms} ms, place ${place}`);
      }
  } finally {
    rig.close();
  }
}

for (const one of CASES) {
  test(`${one.name}: after a stall the host's word counts, though the timers run before it is read`, () =>
    inEach(one, BEFORE_MS, (waiting, stall, _, told) => {
      const { rig, id } = waiting;
      stall();
      assert.not.ok(one.hasFired(rig.command(id)), told);
      rig.clock.advance(400);
      rig.turn();
      assert.not.ok(one.hasFired(rig.command(id)), told);
      one.word(waiting);
      const { status, code } = rig.command(id);
      assert.equal([status, code === 'kill_failed'], [one.becomes, false], `${told}: ${code}`);
    }));

  test(`${one.name}: after a stall a host that stays silent is given as long again, 30 s at most`, () =>
    inEach(one, BEFORE_MS.slice(0, 1), ({ rig, id }, stall, ms, told) => {
      stall();
      rig.clock.advance(Math.min(ms, 29_000));
      rig.turn();
      assert.not.ok(one.hasFired(rig.command(id)), told);
      rig.clock.advance(31_000);
      rig.turn();
      assert.ok(one.hasFired(rig.command(id)), told);
    }));
}

test('a machine that slept: the timers are as far as they were, and hosts are heard first', () => {
  const rig = createRig();
  try {
    const hostId = rig.addHost('web1');
    const waiting = { rig, host: 'web1', hostId, session: rig.connect(hostId), id: rig.dispatch('restart', 'web1') };
    accepted(waiting);
    exited(waiting);
    const { reconnectBy } = rig.command(waiting.id);
    rig.clock.advance((reconnectBy ?? 0) - rig.clock.now() - 100);
    rig.clock.suspend(600_000);
    rig.clock.advance(20_000);
    rig.turn();
    assert.is(rig.command(waiting.id).status, 'AWAITING_RECONNECT');
    rig.connect(hostId, { instanceId: 'instance-2' });
    assert.is(rig.command(waiting.id).status, 'SUCCESS');
  } finally {
    rig.close();
  }
});

test('with endless stalls a deadline still comes once its host was heard between them', () => {
  const CYCLES = [
    [600, 1_000],
    [1_500, 0],
    [3_000, 1_000],
    [60_000, 20_000],
  ] as const;
  for (const [stall, run] of CYCLES) {
    const rig = createRig();
    try {
      const hostId = rig.addHost('web1');
      const session = rig.connect(hostId);
      const waiting = { rig, host: 'web1', hostId, session, id: rig.dispatch('check-version', 'web1') };
      accepted(waiting);
      const hasTimedOut = () => rig.command(waiting.id).timeoutStatus === 'TIMED_OUT';
      let cycles = 0;
      for (; cycles < 200 && !hasTimedOut(); cycles++) {
        rig.clock.stall(stall);
        rig.clock.advance(run);
        rig.turn();
      }
      assert.ok(hasTimedOut(), `${stall} ms of each ${stall + run}`);
    } finally {
      rig.close();
    }
  }
});

test('a long stall after short ones: hosts are heard first all the same', () => {
  const rig = createRig();
  try {
    const hostId = rig.addHost('web1');
    const session = rig.connect(hostId);
    const waiting = { rig, host: 'web1', hostId, session, id: rig.dispatch('check-version', 'web1') };
    accepted(waiting);
    rig.clock.advance(29_000);
    for (let n = 0; n < 5; n++) {
      rig.clock.stall(1_500);
      rig.clock.advance(0);
    }
    rig.clock.stall(600_000);
    rig.clock.advance(5_000);
    rig.turn();
    assert.is(rig.command(waiting.id).timeoutStatus, 'WARNING');
    exited(waiting);
    assert.is(rig.command(waiting.id).status, 'SUCCESS');
  } finally {
    rig.close();
  }
});

test('a queued command expires without its host', () => {
  const rig = createRig();
  try {
    rig.addHost('web1');
    const id = rig.dispatch('check-version', 'web1', { queueMs: 60_000 });
    rig.clock.advance(59_900);
    rig.clock.stall(5_000);
    rig.clock.advance(0);
    rig.turn();
    assert.is(rig.command(id).status, 'EXPIRED');
  } finally {
    rig.close();
  }
});

test.run();
