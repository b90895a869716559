import { isDeepStrictEqual } from 'node:util';
import { isActive } from '../../shared/command.ts';
import { killUnderWay } from './change.ts';
import { nextDeadline } from './deadline.ts';
import type { Step } from './effect.ts';
import type { LifecycleEvent } from './event.ts';
import type { CommandRecord } from './record.ts';
import { reduce } from './reduce.ts';
import type { Row } from './row.ts';

/**
 * What holds of every step of every command, whatever happens:
 *
 * I1 A terminal status never changes, nor do its code and time.
 * I2 `rev` counts the changes of status and timeoutStatus; each is in the history, and told to people.
 * I3 A row leads only to the statuses that it names; an event without a row changes nothing.
 * I4 A kill is told how it ended exactly once, as soon as it is no longer under way.
 * I5 An active command has a deadline, or waits on a host or a person in plain sight.
 * I6 SUCCESS needs a good exit and the proof that its op asks for; KILLED needs signals, or a host that never started it.
 * I7 What the host says twice changes nothing.
 * I8 `open` begins when the command is sent and ends for good; what has ended before its accept is still forbidden while open.
 * I9 The host's final word leaves nothing open.
 */
export function faultsOf(before: CommandRecord, event: LifecycleEvent, step: Step, online: boolean): string[] {
  const faults: string[] = [];
  const claim = (holds: boolean, fault: string) => void (holds || faults.push(fault));
  const { record: after, effects } = step;
  const from = before.command;
  const to = after.command;
  const history = effects.flatMap((effect) => (effect.type === 'history' ? [effect.entry] : []));

  if (!isActive(from.status))
    claim(
      to.status === from.status && to.code === from.code && to.finishedAt === from.finishedAt,
      'I1: a terminal status changed',
    );
  claim(isActive(to.status) === (to.finishedAt === null), 'I1: finishedAt does not say that it ended');

  const changed = to.status !== from.status || to.timeoutStatus !== from.timeoutStatus;
  claim(to.rev - from.rev === history.length, 'I2: rev and history differ');
  claim(changed === history.length > 0, 'I2: the history does not say what changed');
  claim(effects.filter(({ type }) => type === 'event').length === history.length, 'I2: people are told something else');
  const path = [from.status, ...history.map((entry) => entry.to)];
  claim(
    history.every((entry, index) => entry.from === path[index]) && path.at(-1) === to.status,
    'I2: the history has a gap',
  );

  const kill = killUnderWay(before);
  const told = effects.flatMap((effect) => (effect.type === 'tell-kill' ? [effect.commandId] : []));
  const over = kill !== null && killUnderWay(after) !== kill;
  claim(isDeepStrictEqual(told, over ? [kill] : []), 'I4: a kill is not told exactly once');
  if (to.status === 'KILLING' && after.policy.completion !== null)
    claim(killUnderWay(after) !== null, 'I4: KILLING without a kill');

  claim(waitsInPlainSight(after, online), 'I5: nothing will end it');
  if (to.status === 'SUCCESS' && from.status !== 'SUCCESS') claim(isProven(after, event), 'I6: SUCCESS without proof');
  if (to.status === 'KILLED' && from.status !== 'KILLED')
    claim(wasSignalled(before, event), 'I6: KILLED without a kill');

  if (isHostsWord(event) && after !== before) {
    const twice = reduce(after, event);
    claim(isDeepStrictEqual(twice.record, after), 'I7: a duplicate changed it');
    claim(
      twice.effects.every(({ type }) => type === 'send'),
      'I7: a duplicate had effects',
    );
  }

  claim(before.open || !after.open || event.type === 'woken', 'I8: it was opened again');
  if (after.open && !isActive(to.status) && to.acceptedAt === null)
    claim(after.owedKill !== null, 'I8: it may still start');
  claim(!isFinalWord(before, after, event) || !after.open, 'I9: still open after the final word');
  return faults;
}

function isFinalWord(before: CommandRecord, after: CommandRecord, event: LifecycleEvent): boolean {
  if (event.type === 'host_removed') return true;
  if (event.type === 'exited') return after.shutdownExit === null;
  if (event.type !== 'rejected') return false;
  return before.command.acceptedAt === null || ['killed_before_start', 'not_started'].includes(event.code);
}

function waitsInPlainSight(record: CommandRecord, online: boolean): boolean {
  const { status, timeoutStatus, kill } = record.command;
  if (!isActive(status) && killUnderWay(record) === null) return true;
  if (nextDeadline(record) !== null) return true;
  if (record.policy.completion === null) return true;
  if (status === 'PENDING' || status === 'EXECUTING') return timeoutStatus === 'TIMED_OUT';
  return !online || kill?.stage === 'deferred' || kill?.stage === 'dead';
}

function isProven({ command, policy }: CommandRecord, event: LifecycleEvent): boolean {
  if (policy.completion === null) return event.type === 'target';
  const sighting = 'sighting' in event ? event.sighting : null;
  if (policy.completion === 'reboot') return sighting !== null && sighting.bootId !== command.bootId;
  if (command.exitCode !== 0 || command.signal !== null) return false;
  if (policy.completion === 'restart') return sighting !== null && sighting.instanceId !== command.exitInstanceId;
  return policy.postChecks.length === 0 || sighting?.report.afterCommand === command.id;
}

function wasSignalled(before: CommandRecord, event: LifecycleEvent): boolean {
  if (event.type === 'rejected') return event.code === 'killed_before_start';
  return event.type === 'exited' && (before.signalled || !!event.exit.kill);
}

const HOSTS_WORDS: readonly LifecycleEvent['type'][] = [
  'accepted',
  'started',
  'rejected',
  'progress',
  'output',
  'killing',
  'exited',
  'hello',
  'report',
];
const isHostsWord = ({ type }: LifecycleEvent): boolean => HOSTS_WORDS.includes(type);

/** The rows, each telling when it decided, from what and to what (I3 is asked there). */
export const watch = (
  rows: readonly Row[],
  onDecided: (row: Row, from: CommandRecord, to: CommandRecord) => void,
): Row[] =>
  rows.map((row) => ({
    ...row,
    then: (record, event) => {
      const step = row.then(record, event);
      onDecided(row, record, step.record);
      return step;
    },
  }));
