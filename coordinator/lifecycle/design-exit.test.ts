import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextDeadline } from './deadline.ts';
import {
  AFTER,
  accepted,
  BEFORE,
  BUILDLESS,
  due,
  exited,
  FRESH,
  type Happening,
  hello,
  MINUTE,
  type OpName,
  outcome,
  output,
  play,
  RESTARTED,
  reports,
  SECOND,
  SIGNALLED,
  STALE,
  SUSPECT,
  sends,
  sent,
} from './fixtures/scenario.ts';

/** docs/lifecycle.md as cases: how an exit is read, and what proves that an op achieved its goal. */

type Case = readonly [title: string, op: OpName, happenings: readonly Happening[], expected: string];

const done = exited({ exitCode: 0 });
const failedIn = (phase: string, activation: boolean) =>
  exited({ exitCode: 4, evidence: { failedStep: { phase, activation } } });
const FAILED_UNITS = { evidence: { failedUnits: ['nginx.service'] } };

const CASES: readonly Case[] = [
  ['exited with a failure', 'plain', [exited({ exitCode: 2 })], 'ERROR exit_nonzero'],
  ['128 + n stays an exit code', 'plain', [exited({ exitCode: 143 })], 'ERROR exit_nonzero'],
  ['ended by a signal that nobody here sent', 'plain', [exited({ signal: 'SIGKILL' })], 'ERROR signalled'],
  ['the outcome can’t be known', 'plain', [exited({ lost: true })], 'LOST agent_lost_command'],
  [
    'ended with kill times though no kill is under way',
    'plain',
    [exited({ signal: 'SIGTERM', kill: SIGNALLED })],
    'KILLED killed',
  ],
  ['exit 0 with kill times', 'plain', [exited({ exitCode: 0, kill: SIGNALLED })], 'KILLED killed'],
  ['kill times without a code or a signal', 'plain', [exited({ kill: SIGNALLED })], 'KILLED killed'],
  [
    'kill times that are null are none',
    'plain',
    [exited({ exitCode: 1, kill: { termAt: null, killAt: null } })],
    'ERROR exit_nonzero',
  ],
  ['exit 0 of an op without post-check', 'plain', [done], 'SUCCESS'],
  ['exit 0 of an op that completes by exit', 'pull', [done], 'AWAITING_POST_CHECK'],
  ['exit 0 of an op that completes by restart', 'switch', [done], 'AWAITING_RECONNECT'],
  ['exit 0 of an op that completes by reboot', 'reboot', [done], 'AWAITING_RECONNECT'],
  ['exit 4 of a switch on nixos', 'switch', [exited({ exitCode: 4 })], 'AWAITING_RECONNECT'],
  ['exit 4 of the step that activates', 'switch', [failedIn('activate', true)], 'AWAITING_RECONNECT'],
  ['exit 4 of a step that only fetches', 'switch', [failedIn('step 1 of 2', false)], 'ERROR exit_nonzero'],
  ['exit 4 of an op without partial exits', 'pull', [exited({ exitCode: 4 })], 'ERROR exit_nonzero'],
  ['exit 1 of a switch', 'switch', [exited({ exitCode: 1 })], 'ERROR exit_nonzero'],
  [
    'exit 1 of a switch, brought by the next instance',
    'switch',
    [exited({ exitCode: 1, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: FRESH })],
    'ERROR exit_nonzero',
  ],

  ['post-check: a report sampled before the exit', 'pull', [done, reports(BEFORE)], 'AWAITING_POST_CHECK'],
  ['post-check: a report of its aftermath', 'pull', [done, reports(AFTER)], 'SUCCESS'],
  ['post-check: a hello that carries one', 'pull', [done, hello('exited', { report: AFTER })], 'SUCCESS'],
  ['post-check: a hello that carries an old one', 'pull', [done, hello('exited')], 'AWAITING_POST_CHECK'],
  ['post-check: an exit that comes with one', 'pull', [exited({ exitCode: 0 }, { report: AFTER })], 'SUCCESS'],
  [
    'post-check: the host shows another commit',
    'pull',
    [exited({ exitCode: 0, evidence: { fetchedCommit: 'another' } }), reports(AFTER)],
    'PARTIAL post_check_failed',
  ],
  [
    'post-check: the host does not say which commit',
    'pull',
    [done, reports({ ...AFTER, repoCommit: null })],
    'PARTIAL post_check_unverified',
  ],
  ['post-check: none in time', 'pull', [done, due('postCheckBy')], 'PARTIAL post_check_unverified'],
  ['post-check: another instance is no proof', 'pull', [done, reports(BEFORE, RESTARTED)], 'AWAITING_POST_CHECK'],

  ['restart: a hello of the same instance is a network blip', 'switch', [done, hello('exited')], 'AWAITING_RECONNECT'],
  ['restart: a report of the same instance', 'switch', [done, reports(FRESH)], 'AWAITING_RECONNECT'],
  ['restart: a new instance of a fresh build', 'switch', [done, reports(FRESH, RESTARTED)], 'SUCCESS'],
  ['restart: the hello of one', 'switch', [done, hello('exited', { by: RESTARTED, report: FRESH })], 'SUCCESS'],
  [
    'restart: the installed build does not run',
    'switch',
    [done, reports(STALE, RESTARTED)],
    'STALE_BINARY stale_binary',
  ],
  [
    'restart: the build is not of the pinned commit',
    'switch',
    [done, reports(SUSPECT, RESTARTED)],
    'SUSPICIOUS suspicious_binary',
  ],
  [
    'restart: nothing is known of the build',
    'switch',
    [done, reports(BUILDLESS, RESTARTED)],
    'PARTIAL freshness_unknown',
  ],
  [
    'restart: another system is active than was built',
    'switch',
    [exited({ exitCode: 0, evidence: { builtPath: '/built' } }), reports({ ...FRESH, systemPath: '/x' }, RESTARTED)],
    'PARTIAL post_check_failed',
  ],
  ['restart: not back in time', 'switch', [done, due('reconnectBy')], 'TIMEOUT no_reconnect TIMED_OUT'],
  [
    'restart: back too late',
    'switch',
    [done, due('reconnectBy'), reports(FRESH, RESTARTED)],
    'TIMEOUT no_reconnect TIMED_OUT',
  ],
  [
    'restart: an exit that the next instance brings is judged at once',
    'switch',
    [exited({ exitCode: 0, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: FRESH })],
    'SUCCESS',
  ],
  [
    'restart: an exit that the next instance brings is judged at once, also badly',
    'switch',
    [exited({ exitCode: 0, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: STALE })],
    'STALE_BINARY stale_binary',
  ],
  [
    'restart: an exit that the next instance saw first needs one more',
    'switch',
    [exited({ exitCode: 0 }, { by: RESTARTED, report: FRESH })],
    'AWAITING_RECONNECT',
  ],
  ['an op without slot that completes by restart', 'restart', [done, reports(BEFORE, RESTARTED)], 'SUCCESS'],
  [
    'an op without slot: the installed build does not run',
    'restart',
    [done, reports(STALE, RESTARTED)],
    'STALE_BINARY stale_binary',
  ],

  [
    'partial exit: PARTIAL at best',
    'switch',
    [exited({ exitCode: 4, ...FAILED_UNITS }), reports(FRESH, RESTARTED)],
    'PARTIAL units_failed',
  ],
  [
    'partial exit: a stale build is worse',
    'switch',
    [exited({ exitCode: 4, ...FAILED_UNITS }), reports(STALE, RESTARTED)],
    'STALE_BINARY stale_binary',
  ],
  [
    'partial exit: brought by the next instance',
    'switch',
    [exited({ exitCode: 4, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: FRESH })],
    'PARTIAL units_failed',
  ],
];

for (const [title, op, happenings, expected] of CASES)
  test(`${title}: ${expected}`, () => {
    const { record, command } = play(sent(op), [accepted, ...happenings]);
    assert.is(outcome(command), expected);
    assert.not(record.open && command.exitedAt !== null, 'an exit is the host’s final word');
  });

test("the exit's fields are kept", () => {
  const { command } = play(sent('switch'), [accepted, exited({ exitCode: 4, ...FAILED_UNITS, outputBytes: 99 })]);
  assert.equal([command.exitCode, command.signal, command.exitInstanceId], [4, null, 'instance-1']);
  assert.is(command.output.total, 99);
  assert.equal(command.evidence, FAILED_UNITS.evidence);
});

test('output that the host could not keep is truncated, once all that it kept is held, and stays so', () => {
  const cut = exited({ exitCode: 0, outputBytes: 9, evidence: { outputCut: true } });
  const outputs = (...happenings: Happening[]) => play(sent('plain'), [accepted, ...happenings]).command.output;
  assert.equal(outputs(output(5), cut), { bytes: 5, total: 9, truncated: false });
  assert.equal(outputs(output(5), cut, output(9)), { bytes: 9, total: 9, truncated: true });
  assert.equal(outputs(output(9), cut), { bytes: 9, total: 9, truncated: true });
  assert.equal(outputs(cut, output(9), output(10)), { bytes: 10, total: 10, truncated: true });
  assert.equal(outputs(output(9), exited({ exitCode: 0, outputBytes: 9 })), { bytes: 9, total: 9, truncated: false });
});

test('the units that failed are named', () => {
  const { command } = play(sent('switch'), [
    accepted,
    exited({ exitCode: 4, ...FAILED_UNITS }),
    reports(FRESH, RESTARTED),
  ]);
  assert.match(String(command.message), 'nginx.service');
  assert.equal(command.verdict?.freshness, 'FRESH');
  assert.equal(command.after, FRESH);
});

test('a refused activation is described by the active system, and a rollback that put the profile back by its effect', () => {
  const evidence = {
    failedStep: { phase: 'activate', activation: true },
    systemPathBefore: '/nix/store/two',
    systemPathAfter: '/nix/store/two',
    profile: { generation: 3, path: '/nix/store/three' },
  };
  const { command } = play(sent('switch'), [accepted, exited({ exitCode: 11, evidence })]);
  assert.is(outcome(command), 'ERROR exit_nonzero');
  assert.match(String(command.message), '/nix/store/two is still active');
  assert.match(String(command.hint), 'A rollback puts the profile back to what is active');

  const rollback = { generation: 2, path: '/nix/store/two', wasActive: true, profileBefore: 3 };
  const back = play(sent('rollback'), [
    accepted,
    exited({ exitCode: 0, evidence: { rollback } }),
    reports({ ...BEFORE, systemPath: '/nix/store/two' }, RESTARTED),
  ]);
  assert.is(outcome(back.command), 'SUCCESS');
  assert.match(String(back.command.message), /^Generation 2 was active already; the profile leads to it again/);
});

test('a step that knows why it failed gives the code, the words and the hint', () => {
  const failure = { code: 'disk_low' as const, message: 'the store has 1 GiB free, and needs 2 GiB' };
  const { command } = play(sent('switch'), [accepted, exited({ exitCode: 1, evidence: { failure } })]);
  assert.is(outcome(command), 'ERROR disk_low');
  assert.is(command.message, failure.message);
  assert.match(String(command.hint), 'gc removes old generations');
});

test('a failed command says why, if its host has found the line', () => {
  const errorLine = { text: "error: undefined variable 'pkgz'", offset: 19_946 };
  const { command } = play(sent('plain'), [accepted, exited({ exitCode: 1, evidence: { errorLine } })]);
  assert.is(command.message, "Exited with status 1: error: undefined variable 'pkgz'");
});

test('the test scripts that failed are named', () => {
  const tests = [
    { name: 'disk.sh', exitCode: 0, durationMs: 1 },
    { name: 'dns.sh', exitCode: 1, durationMs: 1 },
  ];
  const { command } = play(sent(), [accepted, exited({ exitCode: 1, evidence: { tests } })]);
  assert.match(String(command.message), 'dns.sh');
  assert.not.match(String(command.message), 'disk.sh');
});

test('an exit judged at once passes through AWAITING_RECONNECT in the history', () => {
  const { command, effects } = play(sent('switch'), [
    accepted,
    exited({ exitCode: 0, exitInstanceId: 'instance-1' }, { by: RESTARTED, report: FRESH }),
  ]);
  const statuses = effects.flatMap((effect) => (effect.type === 'history' ? [effect.entry.to] : []));
  assert.equal(statuses, ['AWAITING_RECONNECT', 'SUCCESS']);
  assert.is(command.rev, 4);
});

test('the post-check is due 60 s after the exit, and the host is asked for a report after 2 s', () => {
  const waiting = play(sent('pull'), [accepted, done]);
  assert.is(waiting.command.postCheckBy, waiting.at + 60 * SECOND);
  assert.equal(nextDeadline(waiting.record), { name: 'nudgeAt', at: waiting.at + 2 * SECOND });
  const nudged = play(waiting, [due('nudgeAt')]);
  assert.equal(sends(nudged.effects), ['heartbeat.request']);
  assert.equal(nextDeadline(nudged.record), { name: 'postCheckBy', at: waiting.at + 60 * SECOND });
});

for (const [op, ms] of [
  ['switch', 90 * SECOND],
  ['restart', 60 * SECOND],
  ['reboot', 5 * MINUTE],
] as const)
  test(`${op} may take ${ms / SECOND} s to come back`, () => {
    const { record, at } = play(sent(op), [accepted, done]);
    assert.equal(nextDeadline(record), { name: 'reconnectBy', at: at + ms });
  });

test('the thresholds no longer count once the op has exited', () => {
  const { record } = play(sent('pull'), [accepted, due('warningAt'), done]);
  assert.is(record.command.timeoutStatus, 'NORMAL');
  assert.not.equal(nextDeadline(record)?.name, 'timeoutAt');
});

test('a success names the repairs on the way', () => {
  const repaired = 'the clone was damaged (bad object) and made anew';
  const pull = exited({ exitCode: 0, evidence: { repaired } }, { report: AFTER });
  const { command } = play(sent('pull'), [accepted, pull]);
  assert.equal([outcome(command), command.message], ['SUCCESS', `Done; ${repaired}`]);
});

test.run();
