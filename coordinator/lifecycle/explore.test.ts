import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive, type Status } from '../../shared/model/command.ts';
import type { Step } from './effect.ts';
import type { LifecycleEvent } from './event.ts';
import { HELLOS, HOST_EVENTS, KILL_EVENTS, OTHER_EVENTS, PUT_BACK_EVENTS, TARGET_EVENTS } from './fixtures/alphabet.ts';
import { GUARD_EVENTS } from './fixtures/guard-alphabet.ts';
import { faultsOf, watch } from './fixtures/invariants.ts';
import {
  blocked,
  eventOf,
  type Happening,
  killCommand,
  type OpName,
  outcome,
  queued,
  SECOND,
  START,
  sent,
  sentGuarded,
} from './fixtures/scenario.ts';
import type { CommandRecord } from './record.ts';
import { reduce } from './reduce.ts';
import { TRANSITIONS } from './table.ts';

/** Every state that any sequence of events leads to, found breadth first, and every event in each of them. */

const EVENTS = [...HOST_EVENTS, ...OTHER_EVENTS, ...KILL_EVENTS, ...TARGET_EVENTS];
/** A guard matters only after the exit. Events before it are explored with the other commands. */
const GUARDED_EVENTS = [...HELLOS, ...OTHER_EVENTS, ...GUARD_EVENTS];
/** A kill's own command is not a process of a host: no frame names it. */
const KILL_COMMAND_EVENTS = [...HELLOS, ...OTHER_EVENTS, ...TARGET_EVENTS];

/** `online`: whether a hello came since the last disconnect, or since a kill requested while offline. */
type Node = {
  key: string;
  record: CommandRecord;
  at: number;
  online: boolean;
  next: Set<string>;
  byItself: Set<string>;
};

type Graph = { nodes: Map<string, Node>; faults: Set<string>; decided: Map<string, Set<Status>>; steps: number };

const isSet = (value: unknown): string => (value === null ? '0' : '1');
const isTrue = (value: boolean): string => (value ? '1' : '0');

/**
 * Two records that agree on this have the same future. Times count only as set or not, and names (of boots, instances,
 * state folders, kills) not at all: each event comes in the variants "the same as the record's" and "another". Asked of each step,
 * more than a million times, so it builds no lists.
 */
function keyOf(record: CommandRecord, online: boolean): string {
  const { command, open, owedKill, killBy, nudgeAt, shutdownExit, stateId, guard } = record;
  const { signalled, cutByReboot, autoKilled, putBack = false } = record;
  const { status, timeoutStatus, kill, exitCode, warningAt, decideBy, decision } = command;
  const result = command.exitedAt ?? command.lateResult;
  if (!isActive(status) && !open) return `${status},${isSet(result)},${isSet(command.dispatchedAt)}`;
  const times =
    isSet(command.acceptedAt) +
    isSet(result) +
    isSet(warningAt) +
    isSet(decideBy) +
    isSet(owedKill) +
    isSet(killBy) +
    isSet(nudgeAt) +
    isSet(shutdownExit) +
    isSet(stateId);
  const flags =
    isTrue(putBack) +
    isTrue(open) +
    isTrue(signalled) +
    isTrue(cutByReboot) +
    isTrue(autoKilled) +
    isTrue(online) +
    isSet(command.queuedUntil);
  const lead = isActive(status) ? `${status},${timeoutStatus},${exitCode}` : status;
  const verdict = guard && (guard.verdict?.status === 'SUCCESS' ? 'ok' : isSet(guard.verdict));
  const watch = guard && isSet(guard.keepAt) + isSet(guard.failed) + verdict;
  const guarded = `${watch},${command.code === 'no_reconnect'},${decision?.word},${decision?.actor}`;
  return `${lead},${kill?.stage},${times},${flags},${guarded},${command.evidence?.guarded}`;
}

function onlineAfter(event: LifecycleEvent, online: boolean): boolean {
  if (event.type === 'hello') return true;
  if (event.type === 'disconnected') return false;
  return event.type === 'kill' ? event.online : online;
}

/** Events without a decision: the host's words and the deadlines. */
const isByItself = ({ type }: LifecycleEvent): boolean =>
  !['cancel', 'host_removed', 'kill', 'ignore', 'wait', 'decide'].includes(type);

function explore(starts: readonly Step[], events: readonly Happening[]): Graph {
  const graph: Graph = { nodes: new Map(), faults: new Set(), decided: new Map(), steps: 0 };
  const queue: Node[] = [];
  const enter = (record: CommandRecord, at: number, online: boolean): string => {
    const key = keyOf(record, online);
    if (!graph.nodes.has(key)) {
      const node = { key, record, at, online, next: new Set<string>(), byItself: new Set<string>() };
      graph.nodes.set(key, node);
      queue.push(node);
    }
    return key;
  };
  let cause = '';
  const rows = watch(TRANSITIONS, (row, { command }, { command: { status } }) => {
    if (!row.to.includes(status))
      graph.faults.add(`I3: ${row.name} leads to ${status}: ${outcome(command)} on ${cause}`);
    const reached = graph.decided.get(row.name);
    if (reached) reached.add(status);
    else graph.decided.set(row.name, new Set([status]));
  });
  const rowsOn = Map.groupBy(rows, ({ on }) => on);

  for (const { record } of starts) enter(record, START, true);
  for (const node of queue)
    for (const happening of events) {
      const event = eventOf(happening, node.record, node.at + SECOND);
      const online = onlineAfter(event, node.online);
      cause = event.type;
      const fitting = rowsOn.get(event.type) ?? [];
      const step = reduce(node.record, event, fitting);
      graph.steps += 1;
      if (step.record === node.record && step.effects.length === 0 && online === node.online) continue;
      for (const fault of faultsOf(node.record, event, step, online, fitting))
        graph.faults.add(`${fault}: ${outcome(node.record.command)} on ${cause}`);
      const key = enter(step.record, Math.max(node.at, event.at), online);
      node.next.add(key);
      if (isByItself(event)) node.byItself.add(key);
    }
  return graph;
}

/** The nodes from which no path along `edges` leads to a goal. */
function stuck({ nodes }: Graph, edges: 'next' | 'byItself', isGoal: (node: Node) => boolean): Node[] {
  const before = new Map<string, string[]>();
  for (const node of nodes.values())
    for (const key of node[edges]) {
      const list = before.get(key);
      if (list) list.push(node.key);
      else before.set(key, [node.key]);
    }
  const good = new Set([...nodes.values()].filter(isGoal).map(({ key }) => key));
  for (const key of good) for (const previous of before.get(key) ?? []) good.add(previous);
  return [...nodes.values()].filter(({ key }) => !good.has(key));
}

const isOver = ({ record }: Node): boolean => !isActive(record.command.status) && !record.open;
const shown = (nodes: readonly Node[]): string[] => nodes.map(({ key }) => key);

const decided = new Map<string, Set<Status>>();

const agentOp = (op: OpName, starts: readonly Step[]) => [op, starts, EVENTS] as const;

/** Events after a reboot or in a kill are explored with the other commands. */
const PUT_BACK = [...PUT_BACK_EVENTS, ...OTHER_EVENTS, ...KILL_EVENTS.slice(0, 1)];

const KINDS = [
  agentOp('plain', [sent('plain', { onTimeout: 'kill' }), queued('plain'), blocked()]),
  ...(['pull', 'switch', 'restart', 'reboot', 'rebootingSwitch'] as const).map((op) => agentOp(op, [queued(op)])),
  ['guarded', [sentGuarded()], [...GUARDED_EVENTS, ...KILL_EVENTS.slice(0, 1)]] as const,
  ['guarded, with proof', [sentGuarded({ keep: 'proof' })], GUARDED_EVENTS] as const,
  ['pull, put back', [queued('pull')], PUT_BACK] as const,
  ['switch, put back', [queued('switch')], PUT_BACK] as const,
  ['the kill’s own command', [killCommand()], KILL_COMMAND_EVENTS] as const,
];

for (const [kind, starts, events] of KINDS)
  test(`every state and every event: ${kind}`, () => {
    const graph = explore(starts, events);
    for (const [name, statuses] of graph.decided) decided.set(name, statuses.union(decided.get(name) ?? new Set()));
    assert.equal([...graph.faults].slice(0, 20), []);
    assert.equal(shown(stuck(graph, 'next', isOver)), [], 'no event ends it or frees its host');
    assert.equal(shown(stuck(graph, 'byItself', isOver)), [], 'neither the host nor time ends it');
  });

test('every row decides somewhere, and leads to each active or single status that it names', () => {
  const missed = TRANSITIONS.flatMap(({ name, to }) =>
    to
      .filter((status) => (isActive(status) || to.length < 6) && !decided.get(name)?.has(status))
      .map((status) => `${name} → ${status}`),
  );
  assert.equal(missed, []);
});

test.run();
