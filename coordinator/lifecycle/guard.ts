import { isActive, type Status } from '../../shared/model/command.ts';
import { RETURN_AFTER_GUARD_MS } from '../../shared/ops/guard.ts';
import { change, takeFinalWord, tellKill } from './change.ts';
import { passed } from './deadline.ts';
import { wasAccepted } from './delivery.ts';
import { unchanged } from './effect.ts';
import type { EventOf } from './event.ts';
import { exitedRecord, killOutcomeOf, lateResult, told, withHeldExit } from './exit.ts';
import { conclude, decide, goOn, isOver, isWatched, look } from './guard-steps.ts';
import { decisionOf, isGuardedExit, isLeftToGuard, newWatch, returnBy, watchAfter } from './guard-watch.ts';
import { isGone } from './hello.ts';
import { remindOfKill } from './kill.ts';
import { type CommandRecord, hasResult } from './record.ts';
import { ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';
import { isOtherBoot } from './verify.ts';

/**
 * Guarded activation (docs/protocol.md section 7): the host keeps or undoes, the coordinator decides and believes what reports
 * show.
 * U1 One decision per command, durable before it leaves, sent again at each welcome until a report answers it.
 * U2 Only contact, or a person, keeps. A cancel, an ignored timeout and a removed host do not.
 * U3 The outcome is what a report shows: never a sent decision, nor an exit code.
 */

const WATCHED: readonly Status[] = ['AWAITING_RECONNECT', 'AWAITING_POST_CHECK', ...ANY_TERMINAL];
const ENDS = ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS', 'ERROR', 'ROLLED_BACK'] as const;

const isUnder = (record: CommandRecord, { sighting, listed, ...event }: EventOf<'hello'>): boolean =>
  listed?.state !== 'exited' &&
  wasAccepted(record) &&
  (isGone(record, { sighting, listed, ...event }) || isOtherBoot(record, sighting));

export const guardRows: readonly Row[] = [
  row({
    name: 'exited, and guarded',
    from: RUNNING,
    on: 'exited',
    to: ['AWAITING_RECONNECT', ...ENDS, 'KILLED', 'LOST'],
    when: (record, { exit, sighting }) => isGuardedExit(record, exit, sighting),
    then: (record, event) => {
      const { exit, sighting, at } = event;
      const known = exitedRecord(record, told(event));
      const guard = watchAfter(known, exit, at);
      const by = at + (record.policy.thresholds.reconnectMs ?? 0);
      const waiting = { ...known, command: { ...known.command, reconnectBy: by } };
      const step = change(
        waiting,
        {
          status: 'AWAITING_RECONNECT',
          timeoutStatus: 'NORMAL',
          decideBy: null,
          reconnectBy: returnBy(waiting, guard),
        },
        {
          at,
          cause: 'exited',
          message: `${record.command.op}: ${guard.failed ? 'the activation failed' : `exited with status ${exit.exitCode}`}`,
          next: guard.failed
            ? 'the host goes back to the system before'
            : 'the agent comes back as another process, and stays',
        },
        { owedKill: null, killBy: null, shutdownExit: null, guard },
        tellKill(record, killOutcomeOf(record, exit)),
      );
      return look(step, sighting, at);
    },
  }),
  row({
    name: 'exited after its end, and guarded',
    from: ANY_TERMINAL,
    on: 'exited',
    to: ANY_TERMINAL,
    when: (record, { exit, sighting }) =>
      record.open && (record.guard !== null || isGuardedExit(record, exit, sighting)),
    then: (record, { exit, at }) => {
      if (hasResult(record)) return unchanged(record);
      return {
        record: {
          ...record,
          owedKill: null,
          killBy: null,
          shutdownExit: null,
          guard: watchAfter(record, exit, at),
          command: {
            ...record.command,
            acceptedAt: record.command.acceptedAt ?? at,
            evidence: exit.evidence ?? null,
            ...lateResult(record, exit),
          },
        },
        effects: tellKill(record, killOutcomeOf(record, exit)),
      };
    },
  }),
  row({
    name: 'hello without it, and guarded',
    from: RUNNING,
    on: 'hello',
    to: ['AWAITING_RECONNECT', ...ENDS, 'LOST'],
    when: (record, event) => isUnder(record, event) && isLeftToGuard(record, event.sighting),
    then: (record, { at, sighting }) => {
      const guard = newWatch(record, at, { status: 'LOST', code: 'agent_lost_command' });
      const step = change(
        withHeldExit(record, at),
        { status: 'AWAITING_RECONNECT', timeoutStatus: 'NORMAL', decideBy: null, reconnectBy: returnBy(record, guard) },
        {
          at,
          cause: 'hello without it',
          message: `${record.command.op}: how it ended is not known`,
          next: 'the host goes back to the system before',
        },
        { owedKill: null, killBy: null, shutdownExit: null, guard },
        tellKill(record, 'lost'),
      );
      return look(step, sighting, at);
    },
  }),
  row({
    name: 'report after the guard',
    from: WATCHED,
    on: 'report',
    to: ['AWAITING_RECONNECT', ...ENDS, 'KILLED', 'LOST', ...ANY_TERMINAL],
    when: isOver,
    then: (record, { sighting, at }) => conclude(record, sighting, at),
  }),
  row({
    name: 'hello after the guard',
    from: WATCHED,
    on: 'hello',
    to: ['AWAITING_RECONNECT', ...ENDS, 'KILLED', 'LOST', ...ANY_TERMINAL],
    when: isOver,
    then: (record, { sighting, at }) => conclude(record, sighting, at),
  }),
  row({
    name: 'hello of a host that speaks of no guard',
    from: ANY_TERMINAL,
    on: 'hello',
    to: ANY_TERMINAL,
    // Its guard has had its time, and the agent that runs there now would never tell.
    when: ({ guard }, { sighting, at }) =>
      guard !== null && sighting.report.guard === undefined && at > guard.actsBy + RETURN_AFTER_GUARD_MS,
    then: (record) => takeFinalWord(record, 'already_ended'),
  }),
  row({
    name: 'hello while guarded',
    from: WATCHED,
    on: 'hello',
    to: WATCHED,
    when: isWatched,
    then: (record, event) => {
      const step = goOn(record, event, true);
      if (isActive(record.command.status) || !record.owedKill) return step;
      const reminded = remindOfKill(step.record, event.at);
      return { record: reminded.record, effects: [...step.effects, ...reminded.effects] };
    },
  }),
  row({
    name: 'report while guarded',
    from: WATCHED,
    on: 'report',
    to: WATCHED,
    when: isWatched,
    then: (record, event) => goOn(record, event, false),
  }),
  row({
    name: 'in contact for long enough',
    from: ['AWAITING_RECONNECT', ...ANY_TERMINAL],
    on: 'deadline',
    to: ['AWAITING_POST_CHECK', ...ANY_TERMINAL],
    when: passed('keepAt'),
    then: (record, { at }) => decide(record, { word: 'keep', actor: 'system', at, online: true }),
  }),
  row({
    name: 'a person decides',
    from: ['AWAITING_RECONNECT', ...ANY_TERMINAL],
    on: 'decide',
    to: ['AWAITING_RECONNECT', 'AWAITING_POST_CHECK', ...ANY_TERMINAL],
    when: (record, { word }) =>
      record.guard !== null && decisionOf(record) === null && !(word === 'keep' && record.guard.failed),
    then: (record, event) => decide(record, event),
  }),
  row({
    name: 'connection lost before it was kept',
    from: ['AWAITING_RECONNECT', ...ANY_TERMINAL],
    on: 'disconnected',
    to: ['AWAITING_RECONNECT', ...ANY_TERMINAL],
    when: ({ guard }) => guard !== null && guard.keepAt !== null,
    then: (record, { at }) => {
      const { guard, command } = record;
      if (!guard) return unchanged(record);
      const reconnectBy = isActive(command.status)
        ? Math.max(command.reconnectBy ?? 0, at + RETURN_AFTER_GUARD_MS)
        : command.reconnectBy;
      return {
        record: { ...record, guard: { ...guard, keepAt: null }, command: { ...command, reconnectBy } },
        effects: [],
      };
    },
  }),
];
