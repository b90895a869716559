import { commandLook } from '../../../shared/looks/looks.ts';
import { previewLines } from '../../../shared/looks/preview-words.ts';
import { named } from '../../../shared/model/actor.ts';
import { type Command, type HistoryEntry, isActive } from '../../../shared/model/command.ts';
import { WHAT_IS_LEFT } from '../../../shared/model/outcomes.ts';
import type { Report } from '../../../shared/model/report.ts';
import { age } from '../../../shared/time/spans.ts';
import type { Context } from '../client/context.ts';
import { tableLines } from '../terminal/table.ts';
import { describe } from './describe.ts';

/** Everything known of a command, its verdict first. */
export function commandLines(
  context: Context,
  command: Command & { history: readonly HistoryEntry[] },
  host: string,
): string[] {
  const { times, client, terminal } = context;
  const { paint } = terminal.out;
  const now = client.now();
  const look = commandLook(command);
  const headline = describe(command, { now, times, host });
  const { message, verdict, lateResult } = command;
  // The headline says most of it already.
  const why = message !== null && headline.includes(message) ? null : message;
  const reason = verdict && verdict.reason !== message ? `: ${verdict.reason}` : '';
  const facts: [name: string, value: string | null][] = [
    ['why', command.code && why && `${why} (${command.code})`],
    // Once a late result shows how it ended, it no longer goes on.
    ['next', lateResult === null && command.hint ? command.hint : null],
    ['freshness', verdict && `${verdict.freshness}${reason}`],
    [
      'asked',
      `by ${named(command.requestedBy, command.requestedByName)} ${times.full(command.createdAt)}${command.force ? ', forced' : ''}`,
    ],
    ['decision', decisionOf(command, context)],
    ['deadline', deadlineOf(command, now, context)],
    [
      'late',
      lateResult &&
        `it went on until ${times.full(lateResult.endedAt)}: ${lateResult.signal ?? `exit ${lateResult.exitCode}`}`,
    ],
    ['output', outputOf(command)],
    ['command', command.id],
    ['dispatch', command.dispatchId],
  ];
  return [
    `${paint.shape(look)} ${paint.strong(`${command.op} on ${host}`)} ${paint.tone(look.tone, command.status)}  ${headline}`,
    ...tableLines(facts.flatMap(([name, value]) => (value === null ? [] : [[paint.faint(`  ${name}`), value]]))),
    ...historyLines(context, command.history),
    ...layerLines(command),
    ...evidenceLines(command),
  ];
}

/** The decision on a guarded activation; without one, the commands with which a person may still decide. */
function decisionOf({ decision, evidence, id, status }: Command, { times }: Context): string | null {
  if (decision) return `${decision.word}, by ${named(decision.actor, decision.actorName)} ${times.full(decision.at)}`;
  return evidence?.guarded && status === 'AWAITING_RECONNECT' && !evidence.failure
    ? `none yet: switchyard keep ${id}, or undo`
    : null;
}

function deadlineOf(command: Command, now: number, { times }: Context): string | null {
  if (!isActive(command.status)) return null;
  const { queuedUntil, notAfter, timeoutAt, reconnectBy, postCheckBy, decideBy, status } = command;
  const at = {
    QUEUED: queuedUntil,
    PENDING: notAfter,
    EXECUTING: timeoutAt,
    KILLING: null,
    AWAITING_POST_CHECK: postCheckBy,
    AWAITING_RECONNECT: reconnectBy,
  }[status];
  if (decideBy !== null) return `is killed ${times.clock(decideBy, now)} unless somebody answers`;
  if (at === null) return null;
  const verb = status === 'EXECUTING' || status === 'PENDING' ? 'asks' : 'ends';
  return at < now ? `overdue for ${age(now - at)}` : `${verb} ${times.clock(at, now)}, in ${age(at - now)}`;
}

function outputOf({ output: { bytes, total, truncated }, id, acceptedAt }: Command): string | null {
  if (acceptedAt === null) return null;
  const size = truncated
    ? `${bytes} bytes, the rest was not kept`
    : bytes < total
      ? `${bytes} of ${total} bytes`
      : `${bytes} bytes`;
  return `${size}: switchyard logs ${id}`;
}

function historyLines({ times, terminal: { out } }: Context, history: readonly HistoryEntry[]): string[] {
  if (history.length === 0) return [];
  const rows = history.map(({ at, to, timeoutStatus, cause, code }) => [
    `  ${out.paint.faint(times.full(at))}`,
    timeoutStatus === 'NORMAL' ? to : `${to} ${timeoutStatus}`,
    `${cause}${code ? ` (${code})` : ''}`,
  ]);
  return ['', ...tableLines(rows)];
}

const LAYERS: readonly [name: string, of: (report: Report) => string | number | null][] = [
  ['agent commit', ({ freshness }) => freshness.sourceCommit],
  ['agent path', ({ freshness }) => freshness.storePath],
  ['agent hash', ({ freshness }) => freshness.binaryHash],
  ['installed hash', ({ installed }) => installed?.binaryHash ?? null],
  ['repository', ({ repoCommit }) => repoCommit],
  ['lock', ({ lockHash }) => lockHash],
  ['generation', ({ generation }) => generation],
  ['system', ({ systemPath }) => systemPath],
];

/** The host before and after, layer by layer; an unchanged layer is shown once. */
function layerLines({ before, after }: Command): string[] {
  if (!before || !after) return [];
  const rows = LAYERS.flatMap(([name, of]) => {
    const [was, is] = [of(before), of(after)];
    if (was === null && is === null) return [];
    return [[`  ${name}`, was === is ? `${short(is)} (same)` : `${short(was)} → ${short(is)}`]];
  });
  return rows.length === 0 ? [] : ['', ...tableLines(rows)];
}

/** Enough of a hash or a commit to tell it from another. */
function short(value: string | number | null): string {
  if (value === null) return 'unknown';
  const text = String(value);
  return /^[0-9a-f]{40,}$/.test(text) ? text.slice(0, 12) : text;
}

function evidenceLines({ evidence }: Command): string[] {
  if (!evidence) return [];
  const { failedUnits = [], failedUnitsBefore = [], tests = [], leftovers = 0, repaired, unfound, preview } = evidence;
  return [
    ...(preview ? previewLines(preview).map((line) => `  ${line}`) : []),
    ...(repaired === undefined ? [] : [`  ▲ ${repaired}`]),
    ...failedUnits.map((unit) => `  ✕ unit ${unit} failed`),
    ...failedUnitsBefore.map((unit) => `  · unit ${unit} had failed before, and still fails`),
    ...tests.map(
      ({ name, exitCode }) => `  ${exitCode === 0 ? '✓' : '✕'} ${name}${exitCode ? ` exit ${exitCode}` : ''}`,
    ),
    ...(leftovers > 0 ? [`  ▲ ${leftovers} processes outlived the last step and were ended`] : []),
    ...(unfound === undefined ? [] : [`  ${unfound === 'not_visible' ? '?' : '▲'} ${WHAT_IS_LEFT[unfound]}`]),
  ];
}
