import { assertNever } from '../../shared/assert-never.ts';
import type { Report } from '../../shared/model/report.ts';
import type { AgentFrame, Hello } from '../../shared/wire/protocol.ts';
import type { LifecycleEvent, Sighting } from '../lifecycle/event.ts';
import type { LastWord } from './former-commands.ts';

/** An agent's frame about one command. */
export type CommandFrame = Exclude<AgentFrame, { type: 'hello' | 'heartbeat' }>;

/** Words that the agent keeps on disk and repeats until it knows that they are durable here. */
export const isFinalWord = (frame: CommandFrame): frame is LastWord =>
  frame.type === 'command.exited' ||
  (frame.type === 'command.rejected' && /^(not_started|killed_before_start)$/.test(frame.payload.code));

/** An exit also needs its sender, and whether a reboot may have cut the command off. */
export function eventOf(
  { type, payload }: CommandFrame,
  at: number,
  seen: { sighting: () => Sighting; rebooting: () => boolean },
): LifecycleEvent {
  switch (type) {
    case 'command.accepted':
      return { type: 'accepted', at };
    case 'command.started':
      return { type: 'started', at, pid: payload.pid, startedAt: payload.startedAt };
    case 'command.rejected':
      return { type: 'rejected', at, code: payload.code, message: payload.message };
    case 'command.progress': {
      const { phase, current = null, total = null, text = null } = payload;
      return { type: 'progress', at, progress: { phase, current, total, text } };
    }
    case 'command.killing':
      return { type: 'killing', at, stage: payload.stage, survivors: payload.survivors };
    case 'command.exited':
      return { type: 'exited', at, exit: payload, sighting: seen.sighting(), rebooting: seen.rebooting() };
    default:
      return assertNever(type);
  }
}

/** Commands that a report names. */
export const runningIn = ({ running }: Report): string[] => (running ? [running.id] : []);

/** The op of a command that the hello lists; null without it. */
export const opIn = ({ commands }: Pick<Hello, 'commands'>, id: string): string | null =>
  commands.find((listed) => listed.id === id)?.op ?? null;

/** Commands that a hello names. */
export const commandsOf = ({ commands, report }: Hello): string[] => [
  ...commands.map(({ id }) => id),
  ...runningIn(report),
];
