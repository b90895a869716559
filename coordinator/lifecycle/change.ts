import { type Command, isActive, type Status, type TerminalStatus } from '../../shared/model/command.ts';
import type { EventLevel } from '../../shared/model/event.ts';
import { alternativeOf, hintOf, OUTCOMES } from '../../shared/model/outcomes.ts';
import type { Effect, Step } from './effect.ts';
import type { KillOutcome } from './event.ts';
import type { CommandRecord, Ending } from './record.ts';

/** How a change of status is reported: in the command's history, and to people. */
export type Announcement = {
  at: number;
  /** The name of the event, as in the transition table. */
  cause: string;
  actor?: string;
  message: string;
  next?: string | null;
  level?: EventLevel;
};

const LEVELS: Readonly<Record<TerminalStatus, EventLevel>> = {
  SUCCESS: 'success',
  PARTIAL: 'warn',
  BLOCKED: 'warn',
  SUSPICIOUS: 'warn',
  EXPIRED: 'warn',
  ERROR: 'error',
  TIMEOUT: 'error',
  STALE_BINARY: 'error',
  ABORTED_BY_REBOOT: 'error',
  LOST: 'error',
  ROLLED_BACK: 'error',
  KILLED: 'info',
  CANCELLED: 'info',
};

/** The event for people; `code`: the outcome's, if there is one. */
export const tell = (announcement: Announcement, code: string | null = null): Effect => ({
  type: 'event',
  level: announcement.level ?? 'info',
  category: announcement.actor ? 'audit' : 'system',
  actor: announcement.actor ?? 'system',
  code: code ?? announcement.cause,
  message: announcement.message,
  next: announcement.next ?? null,
});

/** Applies `patch`. If it changes status or timeoutStatus, `rev` goes up by one, and history and event record it. */
export function change(
  record: CommandRecord,
  patch: Partial<Command>,
  announcement: Announcement,
  rest: Partial<Omit<CommandRecord, 'command'>> = {},
  effects: readonly Effect[] = [],
): Step {
  const from = record.command;
  const to: Command = { ...from, ...patch };
  if (to.status === from.status && to.timeoutStatus === from.timeoutStatus)
    return { record: { ...record, ...rest, command: to }, effects };
  to.rev = from.rev + 1;
  // An active command may still carry an earlier code: of a failed kill, or of its time in the queue.
  const code = isActive(to.status) && to.code === from.code ? null : to.code;
  return {
    record: { ...record, ...rest, command: to },
    effects: [
      {
        type: 'history',
        entry: {
          at: announcement.at,
          from: from.status,
          to: to.status,
          timeoutStatus: to.timeoutStatus,
          cause: announcement.cause,
          code,
        },
      },
      tell({ ...announcement, level: announcement.level ?? (isActive(to.status) ? 'info' : LEVELS[to.status]) }, code),
      ...effects,
    ],
  };
}

/** How a command ends: the code decides the words, unless the transition knows better ones. */
export type End = Omit<Ending, 'status'> & {
  status: Status;
  at: number;
  cause: string;
  actor?: string;
  /** Told to the kill under way, if there is one. */
  kill: KillOutcome;
  patch?: Partial<Command>;
  rest?: Partial<Omit<CommandRecord, 'command'>>;
  /** The host may still run it after this end; false if the end is the host's own final word. */
  open: boolean;
};

/** Ends a command for good: no deadline is left, and a kill under way gets its outcome unless the process goes on. */
export function end(record: CommandRecord, how: End): Step {
  const { command } = record;
  const words = how.code ? OUTCOMES[how.code] : null;
  const message = how.message ?? words?.message ?? null;
  const open = record.open && how.open;
  const alternative = alternativeOf(how.code);
  const told = open ? [] : tellKill(record, how.kill);
  return change(
    record,
    {
      status: how.status,
      timeoutStatus: how.status === 'TIMEOUT' ? 'TIMED_OUT' : 'NORMAL',
      finishedAt: how.at,
      code: how.code,
      message,
      hint: how.hint !== undefined ? how.hint : how.code && hintOf(how.code, command.op),
      ...(alternative && { alternative }),
      decideBy: null,
      ...how.patch,
    },
    {
      at: how.at,
      cause: how.cause,
      message: `${command.op}: ${message ?? `ended ${how.status}`}`,
      ...(how.actor ? { actor: how.actor } : {}),
    },
    {
      open,
      nudgeAt: null,
      // Contact does not keep an ended command, unless a later hello asks for it.
      ...(open
        ? { guard: record.guard && { ...record.guard, keepAt: null } }
        : { owedKill: null, killBy: null, shutdownExit: null, guard: null }),
      ...how.rest,
    },
    told,
  );
}

/** The id of the active kill command that aims at this one, or null. */
export function killUnderWay(record: CommandRecord): string | null {
  const { kill } = record.command;
  return kill && record.owedKill && kill.stage !== 'failed' ? kill.commandId : null;
}

/** Tells the kill's own command how the kill under way ended; nothing without one. */
export function tellKill(record: CommandRecord, outcome: KillOutcome): Effect[] {
  const commandId = killUnderWay(record);
  return commandId ? [{ type: 'tell-kill', commandId, outcome }] : [];
}

/** The host's final word on a command whose status was decided without it. */
export function takeFinalWord(record: CommandRecord, outcome: KillOutcome, patch: Partial<Command> = {}): Step {
  const command = { ...record.command, ...patch };
  return {
    record: { ...record, open: false, owedKill: null, killBy: null, shutdownExit: null, guard: null, command },
    effects: tellKill(record, outcome),
  };
}
