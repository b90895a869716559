import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createAttentionList } from './attention/list.ts';
import { ADMIN } from './auth/principal.ts';
import { createDecisions } from './dispatch/decisions.ts';
import { accept, exit, typesOf, withRig } from './fixtures/agent-side.ts';
import type { FakeSession } from './fixtures/fake-session.ts';
import { endOf, guarding, guardOf, kept, ON_TRIAL, oldActive, onTrial, undone } from './fixtures/guarded-host.ts';
import { createHeldStore } from './fixtures/held-store.ts';
import { createRig, type Rig } from './fixtures/rig.ts';

/** A guarded switch as the coordinator sees it, from its exit to its end. */

const SECOND = 1_000;
const AGAIN = { instanceId: 'instance-2' };

/** A switch that has exited well and is on trial; its agent has left. */
function switched(rig: Rig, options: Record<string, unknown> = {}) {
  const web1 = rig.addHost('web1');
  const session = rig.connect(web1, guarding());
  const id = rig.dispatch('switch', web1, { options });
  accept(rig, session, id);
  exit(rig, session, id, { evidence: ON_TRIAL });
  rig.heartbeat(session, onTrial(id));
  rig.intake.closed(session);
  rig.turn();
  return { web1, id };
}

const back = (rig: Rig, web1: string, id: string): FakeSession =>
  rig.connect(web1, guarding({ ...AGAIN, report: onTrial(id) }));

const pass = (rig: Rig, ms: number): void => {
  rig.clock.advance(ms);
  rig.turn();
};

const listOf = (rig: Rig) => createAttentionList({ ...rig, stored: rig.store.commands.unsettled() });

const decisions = (session: FakeSession): string[] =>
  typesOf(session).filter((type) => type === 'command.keep' || type === 'command.undo');

test(
  'a host that was in contact for 15 s keeps what it has, and a report that shows it ends the command',
  withRig((rig) => {
    const { web1, id } = switched(rig);
    const session = back(rig, web1, id);
    assert.ok(session.sent.some(({ type, payload }) => type === 'welcome' && payload.features?.includes('guard')));
    pass(rig, 14 * SECOND);
    assert.equal(decisions(session), []);
    pass(rig, 2 * SECOND);
    assert.equal(decisions(session), ['command.keep']);
    assert.is(rig.command(id).status, 'AWAITING_POST_CHECK');
    assert.is(rig.command(id).decision?.actor, 'system');
    rig.heartbeat(session, onTrial(id, { guard: guardOf(id, 'keeping') }));
    assert.is(rig.command(id).status, 'AWAITING_POST_CHECK');
    rig.heartbeat(session, kept(id));
    assert.is(rig.command(id).status, 'SUCCESS');
    assert.equal(rig.failures, []);
  }),
);

test(
  'a host that comes and goes is not in contact',
  withRig((rig) => {
    const { web1, id } = switched(rig);
    for (let times = 0; times < 3; times += 1) {
      const session = back(rig, web1, id);
      pass(rig, 10 * SECOND);
      rig.intake.closed(session);
      pass(rig, 10 * SECOND);
      assert.equal(decisions(session), []);
    }
    rig.connect(web1, guarding({ instanceId: 'instance-3', report: undone(id, 'deadline') }));
    assert.is(rig.command(id).status, 'ROLLED_BACK');
    assert.is(rig.command(id).code, 'not_confirmed');
  }),
);

test('a decision outlives the coordinator, and is sent again at the welcome', () => {
  const before = createRig();
  const { web1, id } = switched(before);
  back(before, web1, id);
  pass(before, 16 * SECOND);
  before.crash();
  const rig = createRig({ dataDir: before.folder, startAt: before.clock.now() });
  try {
    assert.is(rig.command(id).decision?.word, 'keep');
    assert.equal(decisions(back(rig, web1, id)), ['command.keep']);
    const session = back(rig, web1, id);
    rig.heartbeat(session, kept(id));
    assert.is(rig.command(id).status, 'SUCCESS');
  } finally {
    rig.close();
  }
});

test('a decision that a person makes between a hello and its welcome reaches the host after the welcome', async () => {
  const held = createHeldStore();
  const rig = createRig({ store: held.under });
  try {
    const { web1, id } = switched(rig);
    held.holds = true;
    const session = back(rig, web1, id);
    assert.equal(typesOf(session), []);
    const decided = createDecisions(rig).decide(id, 'keep', ADMIN);
    rig.turn();
    held.holds = false;
    while (held.waiting() > 0) held.end();
    rig.turn();
    await decided;
    assert.equal(
      typesOf(session).filter((type) => type === 'welcome' || type === 'command.keep'),
      ['welcome', 'command.keep'],
    );
    assert.is(rig.command(id).status, 'AWAITING_POST_CHECK');
  } finally {
    rig.close();
  }
});

test(
  'an agent without `guard` gets no decision',
  withRig((rig) => {
    const { web1, id } = switched(rig);
    const old = rig.connect(web1, { ...AGAIN, report: oldActive({ guard: undefined as never }) });
    rig.engine.apply(id, { type: 'decide', at: rig.clock.now(), word: 'keep', actor: 'ann', online: true });
    rig.turn();
    const again = rig.connect(web1, { ...AGAIN, report: oldActive({ guard: undefined as never }) });
    assert.equal([...decisions(old), ...decisions(again)], []);
    rig.intake.closed(again);
    assert.equal(decisions(back(rig, web1, id)), ['command.keep']);
  }),
);

test(
  'a host is busy until its guard has ended, whatever became of its command',
  withRig((rig) => {
    const { web1, id } = switched(rig);
    pass(rig, 300 * SECOND);
    assert.is(rig.command(id).code, 'no_reconnect');
    const session = back(rig, web1, id);
    const next = rig.command(rig.dispatch('test', web1));
    assert.is(next.code, 'agent_busy');
    assert.match(next.message ?? '', /neither kept nor undone/);
    const kill = rig.command(rig.dispatch('kill', web1, { options: { commandId: id } }));
    assert.is(kill.code, 'no_running_command', 'it has no process');
    pass(rig, 31 * SECOND);
    assert.equal(decisions(session), ['command.keep']);
    rig.heartbeat(session, kept(id));
    assert.is(rig.command(id).status, 'TIMEOUT');
    assert.is(rig.command(rig.dispatch('test', web1)).status, 'PENDING');
  }),
);

test(
  'contact does not keep a cancelled command: it waits visibly for a person until its host has gone back',
  withRig((rig) => {
    const list = listOf(rig);
    const kinds = () => list.items().map(({ kind, commandId }) => `${kind} ${commandId}`);
    const { web1, id } = switched(rig);
    const session = back(rig, web1, id);
    rig.dispatch('cancel', web1);
    pass(rig, 60 * SECOND);
    assert.equal(decisions(session), []);
    assert.equal(kinds(), [`unconfirmed ${id}`]);
    rig.heartbeat(session, undone(id, 'deadline'));
    assert.equal(kinds(), []);
    assert.is(rig.command(id).status, 'CANCELLED');
    assert.is(rig.command(rig.dispatch('test', web1)).status, 'PENDING');
  }),
);

test(
  'a held activation waits for a person, and the feed says so',
  withRig((rig) => {
    const list = listOf(rig);
    const { web1, id } = switched(rig);
    const changes: string[] = [];
    rig.feed.subscribe((batch) => changes.push(...batch.map(({ type }) => type)));
    const session = back(rig, web1, id);
    changes.length = 0;
    rig.heartbeat(session, onTrial(id, { guard: guardOf(id, 'held') }));
    assert.ok(changes.includes('attention'));
    assert.equal(
      list.items().map(({ kind }) => kind),
      ['unconfirmed'],
    );
    pass(rig, 16 * SECOND);
    assert.equal(list.items(), [], 'it is decided');
  }),
);

test(
  "a guard's bad ends wait for a person, each as its own kind",
  withRig((rig) => {
    const list = listOf(rig);
    const { web1, id } = switched(rig);
    rig.connect(
      web1,
      guarding({ ...AGAIN, report: onTrial(id, { guard: null, guardEnd: endOf(id, 'rollback_failed', 'deadline') }) }),
    );
    assert.equal(
      list.items().map(({ kind }) => kind),
      ['rollback_failed'],
    );
    assert.equal(
      listOf(rig)
        .items()
        .map(({ kind }) => kind),
      ['rollback_failed'],
      'read from the store',
    );
  }),
);

test(
  'a command of an agent of 0.1 ends as before guards',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const report = { ...oldActive(), guard: undefined, profilePath: undefined } as never;
    const session = rig.connect(web1, { platform: 'nixos', report });
    assert.is(rig.command(rig.dispatch('switch', web1, { options: { confirmMs: 60_000 } })).code, 'agent_too_old');
    const id = rig.dispatch('switch', web1);
    accept(rig, session, id);
    exit(rig, session, id);
    rig.connect(web1, { ...AGAIN, platform: 'nixos', report });
    assert.is(rig.command(id).status, 'SUCCESS');
  }),
);

test.run();
