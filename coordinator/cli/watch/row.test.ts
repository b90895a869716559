import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import { createPaint } from '../terminal/paint.ts';
import { withColours } from '../terminal/style.ts';
import { createTimes } from '../terminal/times.ts';
import { type Row, rowLine, rowText, summaryOf } from './row.ts';

const T = Date.UTC(2025, 10, 22, 14, 0, 0);
const MIN = 60_000;

const command = (known: Partial<Command>): Command =>
  ({
    id: 'c',
    op: 'switch',
    hostId: 'h',
    status: 'EXECUTING',
    timeoutStatus: 'NORMAL',
    rev: 1,
    createdAt: T,
    dispatchedAt: T,
    acceptedAt: T,
    startedAt: T,
    exitedAt: null,
    finishedAt: null,
    pid: 4121,
    kill: null,
    progress: null,
    verdict: null,
    code: null,
    message: null,
    hint: null,
    targetCommandId: null,
    exitCode: null,
    signal: null,
    queuedUntil: null,
    timeoutAt: null,
    reconnectBy: null,
    ...known,
  }) as Command;

const row = (host: string, known: Partial<Command>, alternative: string | null = null): Row => ({
  id: 'c',
  dispatchId: 'd',
  host,
  alternative,
  command: command(known),
  rest: null,
});

const style = { now: T + 30 * MIN, times: createTimes({ utc: true }), paint: createPaint(false), hostWidth: 4 };

test('nothing to do is not a failure, in a row and in the count', () => {
  const current = { status: 'BLOCKED', code: 'already_current', message: 'There is nothing to do' } as const;
  assert.is(rowText(row('web1', current), style), '✓ web1 CURRENT   There is nothing to do; to run it anyway: --force');
  const ends = [command(current), command(current), command({ status: 'SUCCESS' }), command({ status: 'ERROR' })];
  assert.is(summaryOf(ends), '1 succeeded, 2 already current, 1 failed');
});

test('rows read as in docs/cli.md', () => {
  const verdict = { freshness: 'FRESH', commit: 'changed', path: 'changed', hash: 'changed', reason: '' } as const;
  const progress = { phase: 'build', current: 41, total: 42, text: null };
  const kill = {
    commandId: 'k',
    signal: 'SIGTERM' as const,
    graceMs: 10_000,
    force: false,
    stage: 'dead' as const,
    escalatedAt: null,
    requestedAt: T,
    confirmedAt: T + 3_000,
  };
  const rows = [
    row('mac1', { status: 'BLOCKED', code: 'git_outdated' }, 'pull'),
    row('web1', { status: 'SUCCESS', finishedAt: T + 4 * MIN + 12_000, verdict }),
    row('web2', { timeoutStatus: 'TIMED_OUT', progress }),
    row('web2', { status: 'KILLED', kill }),
  ];
  assert.equal(
    rows.map((one) => rowText(one, style)),
    [
      '▲ mac1 BLOCKED   git_outdated; try: switchyard run pull --on mac1',
      '✓ web1 SUCCESS   4:12  agent FRESH',
      '▲ web2 EXECUTING TIMED_OUT 30:00  build 41/42',
      '■ web2 KILLED    SIGTERM, gone in 3 s',
    ],
  );
});

test('each state has its wait, or the reason for its end', () => {
  const details: [Partial<Command>, string][] = [
    [
      { status: 'QUEUED', message: 'The host is offline', queuedUntil: T },
      '◷ web1 QUEUED    The host is offline; waits until 14:00 UTC',
    ],
    [{ status: 'PENDING' }, '◐ web1 PENDING   sent 30:00 ago'],
    [{ timeoutStatus: 'WARNING', timeoutAt: T + 31 * MIN }, '▲ web1 EXECUTING WARNING 30:00, asks in 1:00'],
    [
      { status: 'AWAITING_RECONNECT', reconnectBy: T + 31 * MIN },
      '◐ web1 AWAITING_RECONNECT 30:00  waits for the agent, 1:00 left',
    ],
    [
      { status: 'ERROR', exitCode: 3, message: 'The op failed', finishedAt: T + 1000 },
      '✕ web1 ERROR     0:01  exit 3: The op failed; read: switchyard logs c',
    ],
    [
      { status: 'LOST', code: 'agent_lost_command', message: 'Not known', finishedAt: T },
      '? web1 LOST      0:00  agent_lost_command: Not known',
    ],
    [{ status: 'CANCELLED', message: 'No longer tracked' }, '– web1 CANCELLED No longer tracked'],
  ];
  for (const [known, text] of details) assert.is(rowText(row('web1', known), style), text);
});

test('elsewhere a line has its time, its op and no colours', () => {
  assert.is(rowLine(row('web1', { progress: null }), style), '2025-11-22T14:30:00Z ◐ web1 switch EXECUTING 30:00');
});

test('colours stand beside shapes and words, never in their place', () => {
  const coloured = rowText(row('web1', { status: 'KILLED' }), { ...style, paint: createPaint(true) });
  assert.ok(withColours(coloured).startsWith('\u001b[90m■\u001b[0m web1 \u001b[90mKILLED'), coloured);
});

test('the summary counts each kind of end once', () => {
  const ends = ['SUCCESS', 'SUCCESS', 'KILLED', 'BLOCKED'].map((status) =>
    command({ status: status as Command['status'] }),
  );
  assert.is(summaryOf(ends), '2 succeeded, 1 killed, 1 blocked');
  assert.is(summaryOf([command({ timeoutStatus: 'TIMED_OUT' }), command({})]), '1 running, 1 waiting for an answer');
});

test.run();
