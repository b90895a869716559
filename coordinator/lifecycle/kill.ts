import { isActive, type KillStage } from '../../shared/model/command.ts';
import { WHAT_IS_LEFT } from '../../shared/model/outcomes.ts';
import type { KillSignal } from '../../shared/ops/op-options.ts';
import { change, end, killUnderWay, tellKill } from './change.ts';
import { wasAccepted } from './delivery.ts';
import { type Effect, type Step, unchanged } from './effect.ts';
import type { EventOf } from './event.ts';
import type { CommandRecord, OwedKill } from './record.ts';
import { ANY_TERMINAL, type Row, row } from './row.ts';

/**
 * Killing a command: on the target's record, and on the kill's own.
 * K1 Only the agent carries a kill out; the coordinator asks, asks again at every welcome, and believes its reports.
 * K2 A kill ends by the agent's word on the target, or is given up when an online agent says nothing of it.
 */

/** How long past the grace an online agent may stay silent on a kill. */
const WORD_AFTER_GRACE_MS = 15_000;

const STRENGTH: Record<KillSignal, number> = { SIGTERM: 0, SIGKILL: 1 };

/** A stronger kill than the one under way (SIGKILL, `force`, less grace), and weaker in nothing. */
export function isStronger(kill: OwedKill, than: OwedKill): boolean {
  const harder = STRENGTH[kill.signal] - STRENGTH[than.signal];
  const forces = Number(kill.force) - Number(than.force);
  if (harder < 0 || forces < 0) return false;
  return harder > 0 || forces > 0 || kill.graceMs < than.graceMs;
}

const wordBy = (kill: OwedKill, stage: KillStage | null, at: number): number | null =>
  stage === 'deferred' || stage === 'dead' || stage === 'failed' ? null : at + kill.graceMs + WORD_AFTER_GRACE_MS;

const sendKill = ({ command }: CommandRecord, kill: OwedKill): Effect => ({
  type: 'send',
  frame: { type: 'command.kill', payload: { id: command.id, ...kill } },
});

/** Sends again the kill that the host is owed: it may never have arrived. */
export function remindOfKill(record: CommandRecord, at: number): Step {
  const { owedKill, command } = record;
  if (!owedKill) return unchanged(record);
  const killBy = command.kill && wordBy(owedKill, command.kill.stage, at);
  return { record: { ...record, killBy }, effects: [sendKill(record, owedKill)] };
}

/** A command that the coordinator gave up before its accept must not start on the host any more. A command that has started goes on. */
export function forbidStart(record: CommandRecord): Step {
  const { killGraceMs: graceMs } = record.policy.thresholds;
  const owedKill: OwedKill = { signal: 'SIGTERM', graceMs, force: false, unstartedOnly: true };
  return { record: { ...record, owedKill }, effects: [sendKill(record, owedKill)] };
}

const begin = (record: CommandRecord, { at, actor, commandId, kill, online }: EventOf<'kill'>) => {
  const replaces = killUnderWay(record) === null ? null : record.command.kill;
  // The agent's words on a kill also hold for its replacement; `force` ends a deferral.
  const stage = replaces?.stage === 'deferred' && kill.force ? null : (replaces?.stage ?? null);
  return {
    patch: {
      kill: {
        commandId,
        ...kill,
        requestedAt: at,
        stage,
        escalatedAt: replaces?.escalatedAt ?? null,
        confirmedAt: null,
      },
    },
    rest: {
      owedKill: kill,
      autoKilled: record.autoKilled || actor === 'system',
      killBy: online ? wordBy(kill, stage, at) : null,
    },
    effects: [...tellKill(record, 'replaced'), sendKill(record, kill)],
  };
};

function stageSeen(record: CommandRecord, { at, stage }: EventOf<'killing'>): Step {
  const { owedKill } = record;
  const { kill } = record.command;
  if (!kill || !owedKill || killUnderWay(record) === null) return unchanged(record);
  const command = {
    ...record.command,
    kill: {
      ...kill,
      stage,
      escalatedAt: stage === 'kill' ? at : kill.escalatedAt,
      confirmedAt: stage === 'dead' ? at : kill.confirmedAt,
    },
  };
  const signalled = record.signalled || stage === 'term' || stage === 'kill';
  return { record: { ...record, command, killBy: wordBy(owedKill, stage, at), signalled }, effects: [] };
}

const FAILED_HINT = 'A process that SIGKILL does not end hangs in the kernel: reboot the host.';

/** The kill is given up; the command goes on, and says so. */
export function giveUp(record: CommandRecord, at: number, cause: string, message: string): Step {
  const { command } = record;
  const kill = command.kill && { ...command.kill, stage: 'failed' as const };
  // A command that ended before its accept must still not start there.
  const mayStart = !isActive(command.status) && !wasAccepted(record);
  const owedKill = mayStart && record.owedKill ? { ...record.owedKill, unstartedOnly: true as const } : null;
  return change(
    record,
    {
      kill,
      ...(command.status === 'KILLING'
        ? { status: wasAccepted(record) ? 'EXECUTING' : 'PENDING', code: 'kill_failed', message, hint: FAILED_HINT }
        : {}),
    },
    { at, cause, message: `${command.op}: ${message}`, next: FAILED_HINT, level: 'error' },
    { owedKill, killBy: null, signalled: false },
    tellKill(record, 'failed'),
  );
}

const isNewStage = ({ command: { kill } }: CommandRecord, { stage }: EventOf<'killing'>): boolean =>
  kill !== null && kill.stage !== stage;

const survivorsMessage = ({ survivors }: EventOf<'killing'>): string =>
  `the kill failed: ${survivors} ${survivors === 1 ? 'process is' : 'processes are'} still there after SIGKILL`;

export const killRows: readonly Row[] = [
  row({
    name: 'kill',
    from: ['PENDING', 'EXECUTING', 'KILLING'],
    on: 'kill',
    to: ['KILLING'],
    then: (record, event) => {
      const { patch, rest, effects } = begin(record, event);
      return change(
        record,
        { status: 'KILLING', timeoutStatus: 'NORMAL', decideBy: null, code: null, message: null, hint: null, ...patch },
        {
          at: event.at,
          cause: 'kill',
          actor: event.actor,
          message: `${record.command.op}: ${event.kill.signal} asked for by ${event.actor}`,
          next: `SIGKILL after ${event.kill.graceMs / 1000} s`,
          level: 'warn',
        },
        rest,
        effects,
      );
    },
  }),
  row({
    name: 'kill of what goes on after its end',
    from: ANY_TERMINAL,
    on: 'kill',
    to: ANY_TERMINAL,
    when: (record) => record.open,
    then: (record, event) => {
      const { patch, rest, effects } = begin(record, event);
      return change(record, patch, { at: event.at, cause: 'kill', message: '' }, rest, effects);
    },
  }),
  row({
    name: 'kill failed',
    from: ['KILLING', ...ANY_TERMINAL],
    on: 'killing',
    to: ['EXECUTING', 'PENDING', ...ANY_TERMINAL],
    when: (record, event) => event.stage === 'failed' && isNewStage(record, event) && killUnderWay(record) !== null,
    then: (record, event) => giveUp(record, event.at, 'kill failed', survivorsMessage(event)),
  }),
  row({
    name: 'kill comes on',
    from: ['KILLING', ...ANY_TERMINAL],
    on: 'killing',
    to: ['KILLING', ...ANY_TERMINAL],
    when: isNewStage,
    then: stageSeen,
  }),
  row({
    name: 'no word on the kill',
    from: ['KILLING', ...ANY_TERMINAL],
    on: 'deadline',
    to: ['EXECUTING', 'PENDING', ...ANY_TERMINAL],
    when: (record, { name, at }) => name === 'killBy' && record.killBy !== null && at >= record.killBy,
    then: (record, { at }) =>
      giveUp(record, at, 'no word on the kill', 'the kill failed: the agent said nothing of it'),
  }),
  row({
    name: 'connection lost during a kill',
    from: ['KILLING', ...ANY_TERMINAL],
    on: 'disconnected',
    to: ['KILLING', ...ANY_TERMINAL],
    when: (record) => record.killBy !== null,
    then: (record) => ({ record: { ...record, killBy: null }, effects: [] }),
  }),
  row({
    name: 'the target has ended',
    from: ['KILLING'],
    on: 'target',
    to: ['SUCCESS', 'PARTIAL', 'ERROR', 'LOST', 'CANCELLED'],
    when: ({ command }) => command.targetCommandId !== null,
    then: (record, { at, outcome }) =>
      end(record, { at, cause: 'the target', kill: 'gone', open: false, ...OWN_END[outcome] }),
  }),
];

/** How a kill's own command ends, by its target's end. */
const OWN_END = {
  gone: { status: 'SUCCESS', code: null, message: 'Nothing of the command is left' },
  unseen: { status: 'SUCCESS', code: null, message: `Killed; ${WHAT_IS_LEFT.not_visible}` },
  held: { status: 'PARTIAL', code: 'kill_unproved' },
  already_ended: { status: 'SUCCESS', code: 'already_ended' },
  failed: { status: 'ERROR', code: 'kill_failed' },
  lost: { status: 'LOST', code: 'agent_lost_command' },
  replaced: { status: 'CANCELLED', code: 'cancelled', message: 'A stronger kill took its place' },
} as const;
