import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AttentionItem } from '../../shared/model/attention.ts';
import type { Command, Kill, Status } from '../../shared/model/command.ts';
import { SAMPLE_HOST, sampleCommand, sampleId } from '../lifecycle/fixtures/sample.ts';
import { attentionOf, settle } from './items.ts';

const NOTHING = { guards: [], live: [], unsettled: [], duplicates: [], putBack: [] };
const validator = Compile(AttentionItem);

const live = (known: Partial<Command>, open = false) => [{ command: sampleCommand(known), open }];
const kinds = (facts: Partial<Parameters<typeof attentionOf>[0]>) =>
  attentionOf({ ...NOTHING, ...facts }).map(({ kind }) => kind);

const failedKill: Kill = {
  commandId: sampleId(9),
  signal: 'SIGTERM',
  graceMs: 10,
  force: false,
  requestedAt: 70,
  stage: 'failed',
  escalatedAt: null,
  confirmedAt: null,
};

const ended = (status: Status, code: string | null = null, known: Partial<Command> = {}) =>
  sampleCommand({ status, code, message: 'it said so', finishedAt: 90, dispatchedAt: 10, ...known });

/** The unsettled commands after these ended in this order. */
const unsettledBy = (...commands: Command[]) => commands.reduce(settle, [] as readonly Command[]);

test('an active command that timed out waits for an answer, and says when it lapses', () => {
  const times = { acceptedAt: 5, timeoutAt: 50, decideBy: 60 };
  const command = { status: 'EXECUTING', timeoutStatus: 'TIMED_OUT', ...times } as const;
  const [item] = attentionOf({ ...NOTHING, live: live(command) });
  assert.equal(item, {
    kind: 'timed_out',
    hostId: SAMPLE_HOST,
    commandId: sampleId(1),
    since: 50,
    rolloutId: null,
    lapsesAt: 60,
    message: 'pull is over its 45 ms limit: wait, kill, or stop tracking it',
  });
});

test('a command that its host did not accept in time waits for an answer', () => {
  const command = { status: 'PENDING', timeoutStatus: 'TIMED_OUT', notAfter: 40 } as const;
  const [item] = attentionOf({ ...NOTHING, live: live(command) });
  assert.is(item?.since, 40);
  assert.is(item?.lapsesAt, null);
  assert.match(String(item?.message), 'not accepted in time');
});

test('a warning, a normal run and an ended timeout wait for nobody', () => {
  assert.equal(kinds({ live: live({ timeoutStatus: 'WARNING' }) }), []);
  assert.equal(kinds({ live: live({}) }), []);
  assert.equal(kinds({ live: live({ status: 'TIMEOUT', timeoutStatus: 'TIMED_OUT' }, true) }), []);
});

test('a failed kill waits for a person for as long as the process may be there', () => {
  assert.equal(kinds({ live: live({ kill: failedKill }) }), ['kill_failed']);
  assert.equal(kinds({ live: live({ kill: failedKill, status: 'CANCELLED' }, true) }), ['kill_failed']);
  assert.equal(kinds({ live: live({ kill: failedKill, status: 'CANCELLED' }, false) }), []);
  assert.equal(kinds({ live: live({ kill: { ...failedKill, stage: 'term' } }) }), []);
});

test('ends that need a person are kept, the others are not', () => {
  const table: [Status, string | null, string[]][] = [
    ['PARTIAL', 'units_failed', ['partial']],
    ['STALE_BINARY', 'stale_binary', ['stale_binary']],
    ['SUSPICIOUS', 'suspicious_binary', ['suspicious']],
    ['LOST', 'state_lost', ['lost']],
    ['LOST', 'host_removed', []],
    ['TIMEOUT', 'no_reconnect', ['no_reconnect']],
    ['TIMEOUT', 'timeout_ignored', []],
    ['ERROR', 'exit_nonzero', []],
    ['BLOCKED', 'host_offline', []],
    ['CANCELLED', 'cancelled', []],
    ['KILLED', 'killed', []],
    ['EXPIRED', 'expired', []],
    ['ABORTED_BY_REBOOT', 'host_rebooted', []],
    ['SUCCESS', null, []],
  ];
  for (const [status, code, expected] of table)
    assert.equal(kinds({ unsettled: unsettledBy(ended(status, code)) }), expected, `${status} ${code}`);
});

test('an item about an end says since when and why', () => {
  const [item] = attentionOf({ ...NOTHING, unsettled: unsettledBy(ended('PARTIAL', 'units_failed')) });
  assert.is(item?.since, 90);
  assert.is(item?.message, 'pull ended PARTIAL: it said so');
});

test('a later SUCCESS settles, a command that was sent earlier or did not succeed does not', () => {
  const partial = ended('PARTIAL', 'units_failed', { dispatchedAt: 10 });
  const at = (dispatchedAt: number, status: Status = 'SUCCESS') => ended(status, null, { dispatchedAt });
  assert.equal(unsettledBy(partial, at(11)), []);
  assert.equal(unsettledBy(partial, at(10)), []);
  assert.equal(unsettledBy(partial, at(9)), [partial]);
  assert.equal(unsettledBy(partial, at(11, 'ERROR')), [partial]);
  assert.equal(unsettledBy(at(11), partial), [partial]);
});

test('a SUCCESS of one host settles nothing of another', () => {
  const partial = ended('PARTIAL', 'units_failed', { dispatchedAt: 10 });
  assert.equal(unsettledBy(partial, ended('SUCCESS', null, { dispatchedAt: 11, hostId: sampleId(7) })), [partial]);
});

test('kill and cancel neither settle nor need anyone', () => {
  const partial = ended('PARTIAL', 'units_failed');
  assert.equal(unsettledBy(partial, ended('SUCCESS', null, { op: 'kill', dispatchedAt: 20 })), [partial]);
  assert.equal(unsettledBy(ended('LOST', 'state_lost', { op: 'kill' })), []);
});

test('a token used by two agents is an item of its host', () => {
  const [item] = attentionOf({ ...NOTHING, duplicates: [{ hostId: SAMPLE_HOST, since: 5 }] });
  assert.is(item?.kind, 'duplicate_agent');
  assert.is(item?.commandId, null);
  assert.is(item?.since, 5);
});

test('one item says that a store was put back, even if the whole of the largest fleet reports it', () => {
  const putBack = Array.from({ length: 200_000 }, (_, n) => ({ name: `web${n}`, since: 300_000 - n }));
  const items = attentionOf({ ...NOTHING, putBack });
  assert.equal(
    items.map(({ kind, since }) => [kind, since]),
    [['store_rewound', 100_001]],
  );
  assert.match(items[0]?.message ?? '', 'web0, web1, web2 and 199997 more');
});

test('the soonest lapse comes first, then the kinds in their order, the oldest first', () => {
  const timedOut = (decideBy: number | null) =>
    live({ timeoutStatus: 'TIMED_OUT', timeoutAt: 50, decideBy, id: sampleId(decideBy ?? 0) });
  const items = attentionOf({
    guards: [],
    live: [...timedOut(null), ...timedOut(300), ...timedOut(200), ...live({ kill: failedKill })],
    unsettled: [ended('PARTIAL', null, { finishedAt: 2 }), ended('LOST'), ended('PARTIAL', null, { finishedAt: 1 })],
    duplicates: [{ hostId: SAMPLE_HOST, since: 0 }],
    putBack: [
      { name: 'web1', since: 8 },
      { name: 'web2', since: 7 },
    ],
  });
  assert.equal(
    items.map(({ kind, lapsesAt, since }) => `${kind} ${lapsesAt ?? since}`),
    [
      'timed_out 200',
      'timed_out 300',
      'timed_out 50',
      'kill_failed 70',
      'lost 90',
      'partial 1',
      'partial 2',
      'duplicate_agent 0',
      'store_rewound 7',
    ],
  );
  for (const item of items) assert.ok(validator.Check(item), JSON.stringify(validator.Errors(item)));
});

test.run();
