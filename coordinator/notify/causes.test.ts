import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTENTION_KINDS } from '../../shared/model/attention.ts';
import type { Command, HistoryEntry } from '../../shared/model/command.ts';
import type { NewEvent } from '../../shared/model/event.ts';
import type { RolloutHistoryEntry, RolloutStatus } from '../../shared/model/rollout.ts';
import { createTurn } from '../engine/turn.ts';
import { SAMPLE_HOST, sampleCommand } from '../lifecycle/fixtures/sample.ts';
import { rolloutOf } from '../rollout/fixtures/scenario.ts';
import { sampleRecord } from '../store/fixtures/records.ts';
import type { Write } from '../store/write.ts';
import { causeOfItem, causesOf, noticeOf } from './causes.ts';
import { receiverWith } from './fixtures/receivers.ts';
import { wants } from './wants.ts';

type TurnParts = { events?: NewEvent[]; writes?: Write[]; change?: [Partial<Command> | null, Partial<Command>] };

/** The causes that such a turn yields, as `kind level code`. */
function told({ events = [], writes = [], change }: TurnParts): string[] {
  const turn = createTurn();
  turn.events.push(...events);
  turn.writes.push(...writes);
  if (change) {
    const [before, after] = change;
    const { id } = sampleCommand();
    turn.before.set(id, before && sampleRecord(before));
    turn.after.set(id, sampleRecord(after));
    const entry = {
      at: 1,
      from: 'EXECUTING',
      to: 'LOST',
      timeoutStatus: 'NORMAL',
      cause: 'x',
      code: null,
    } as HistoryEntry;
    turn.history.push({ commandId: id, entry });
  }
  return causesOf(turn).map(({ kind, level, code }) => `${kind} ${level} ${code}`);
}

const event = (more: Partial<NewEvent> = {}): NewEvent => ({
  at: 1,
  level: 'info',
  category: 'system',
  actor: 'system',
  hostId: SAMPLE_HOST,
  commandId: null,
  code: 'x',
  message: 'something',
  next: null,
  ...more,
});

const rollout = (to: RolloutStatus, code: RolloutHistoryEntry['code'] = null): Write[] => {
  const record = rolloutOf();
  const entry: RolloutHistoryEntry = { at: 1, from: 'RUNNING', to, code, message: 'why', actor: 'system' };
  return [
    { type: 'rollout', record },
    { type: 'rollout_history', rolloutId: record.rollout.id, entry },
  ];
};

test("a rollout's changes that concern a person make notices; its progress does not", () => {
  const table: [Write[], string[]][] = [
    [rollout('AWAITING_APPROVAL', 'approval'), ['rollout_approval warn approval']],
    [rollout('RUNNING', 'approval'), ['rollout_approval warn approval']],
    [rollout('RUNNING', 'window'), []],
    [rollout('RUNNING'), []],
    [rollout('PAUSED', 'gate'), ['rollout_paused warn gate']],
    [rollout('FAILED', 'failures'), ['rollout_failed error failures']],
    [rollout('DONE'), ['rollout_done success null']],
    [rollout('STOPPED', 'person'), ['rollout_stopped warn person']],
  ];
  for (const [writes, expected] of table) assert.equal(told({ writes }), expected);
});

test('the notice of a rollout that ends with failed hosts has the level of its event', () => {
  const events = [
    event({ level: 'warn', code: 'rollout_done', message: 'nightly is done; 1 host failed', hostId: null }),
  ];
  assert.equal(told({ writes: rollout('DONE'), events })[0], 'rollout_done warn null');
});

test('a notice about a rollout names it, and goes to receivers of any of its hosts', () => {
  const turn = createTurn();
  turn.writes.push(...rollout('PAUSED', 'gate'));
  const [cause] = causesOf(turn);
  if (!cause) throw new Error('nothing is told');
  assert.is(cause.message, 'nightly: why');
  assert.equal(cause.hostIds, ['h0', 'h1']);
  const hostOf = (name: string) => ({ name, tags: [name] }) as never;
  const isWanted = (where: string) => wants(receiverWith(`where = "${where}"`), cause, hostOf);
  assert.equal([isWanted('name:h1'), isWanted('tag:h0'), isWanted('name:h2')], [true, true, false]);
});

test('an event that is an attention item makes a notice of the item, any other one by its level', () => {
  assert.equal(told({ events: [event({ level: 'error', code: 'duplicate_agent' })] }), [
    'duplicate_agent error duplicate_agent',
  ]);
  assert.equal(told({ events: [event({ level: 'warn', code: 'enrolment_conflict' })] }), [
    'enrolment_conflict warn enrolment_conflict',
  ]);
  assert.equal(told({ events: [event({ code: 'enrolment_waits' })] }), ['enrolment_approval info enrolment_waits']);
  assert.equal(told({ events: [event({ level: 'success', code: 'y' })] }), ['event success y']);
});

test("a command that begins to need a person makes a notice at its event's level; one that already did, or did not change, makes none", () => {
  const lost = { status: 'LOST', code: 'state_lost', finishedAt: 9 } as const;
  const { id } = sampleCommand();
  const events = [event({ commandId: id, level: 'warn', code: 'state_lost' })];
  assert.equal(told({ change: [{ status: 'EXECUTING' }, lost], events }), ['lost warn state_lost']);
  assert.equal(told({ change: [{ status: 'EXECUTING' }, lost] }), ['lost error null']);
  assert.equal(told({ change: [lost, { ...lost, rev: 9 }] }), []);
  // The late result's record is not in memory.
  const turn = createTurn();
  turn.before.set(id, null);
  turn.after.set(id, sampleRecord(lost));
  assert.equal(causesOf(turn), []);
  const audit = event({ commandId: id, category: 'audit', actor: 'admin' });
  assert.equal(told({ change: [{ status: 'EXECUTING' }, lost], events: [audit] }), ['lost error null', 'event info x']);
  assert.equal(
    told({
      change: [
        { status: 'EXECUTING', op: 'kill' },
        { ...lost, op: 'kill' },
      ],
    }),
    [],
  );
});

test('a receiver gets a kind of attention by its name, by `attention` or by its level', () => {
  for (const kind of ATTENTION_KINDS) {
    const item = {
      kind,
      hostId: SAMPLE_HOST,
      commandId: null,
      rolloutId: null,
      since: 1,
      lapsesAt: null,
      message: 'x',
    };
    const cause = causeOfItem(item);
    for (const word of [kind, 'attention', cause.level])
      assert.ok(
        wants(receiverWith(`events = ["${word}"]`), cause, () => null),
        `${kind} by ${word}`,
      );
    assert.not.ok(
      wants(receiverWith('events = ["rollout_done", "host_back", "info"]'), cause, () => null),
      kind,
    );
  }
});

test('a long message is cut', () => {
  const item = { kind: 'lost', hostId: null, commandId: null, rolloutId: null, since: 1, lapsesAt: null } as const;
  assert.is(noticeOf(causeOfItem({ ...item, message: 'x'.repeat(9_000) }), null).message.length, 500);
});

test.run();
