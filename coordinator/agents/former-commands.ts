import type { AgentFrame, Hello } from '../../shared/wire/protocol.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { createToldIds, type ToldIds } from './told-ids.ts';

/**
 * Commands that a machine still holds from a removed registration, once it is back under a new one.
 * F1 The record of such a command ended with its host, and no other host's word changes it.
 * F2 An event of the reporting host gives the outcome once; that host is believed only about itself.
 */
export type FormerCommands = {
  isFormer(record: CommandRecord | null): boolean;
  /** Its end was reported, so the coordinator does not ask for it again. */
  hasEnded(id: string): boolean;
  listed(hostId: string, commands: Hello['commands']): void;
  /** The final frame of the command. */
  ended(hostId: string, record: CommandRecord, frame: LastWord): void;
};

export type LastWord = Extract<AgentFrame, { type: 'command.exited' | 'command.rejected' }>;

export function createFormerCommands(deps: {
  ledger: Pick<Ledger, 'get' | 'afterCommit' | 'commit'>;
  roster: Pick<Roster, 'byId'>;
  say: (hostId: string, level: 'warn', code: string, message: string, next: string | null) => void;
}): FormerCommands {
  const { ledger, roster } = deps;
  /** Ids of stored records: no host can make more of them. */
  const running = createToldIds(ledger);
  const ended = createToldIds(ledger);

  /** An event that could not be written is made again when the host repeats its frame. */
  function sayOnce(
    told: ToldIds,
    hostId: string,
    { command: { id, op } }: CommandRecord,
    what: string,
    next: string | null,
  ) {
    if (told.has(id)) return;
    const name = roster.byId(hostId)?.name ?? hostId;
    deps.say(
      hostId,
      'warn',
      'former_command',
      `${name}: ${op} (${id}), begun before this host was registered anew, ${what}`,
      next,
    );
    told.add(id);
  }

  const isFormer = (record: CommandRecord | null): boolean =>
    record !== null && roster.byId(record.command.hostId) === null;

  return {
    isFormer,
    hasEnded: ended.isDurable,
    listed(hostId, commands) {
      for (const { id, state } of commands) {
        const record = state === 'running' ? ledger.get(id) : null;
        if (record && isFormer(record))
          sayOnce(running, hostId, record, 'still runs', 'its end; the host is busy until then');
      }
    },
    ended(hostId, record, frame) {
      sayOnce(ended, hostId, record, `${endOf(frame)}; its record says LOST, because its host was removed`, null);
    },
  };
}

/** How a command ended, by its host's final frame: `has ended with exit code 3`. */
export function endOf({ type, payload }: LastWord): string {
  if (type === 'command.rejected') return 'did not run';
  if (payload.lost) return 'has ended, and its outcome is not known';
  return payload.signal ? `was ended by ${payload.signal}` : `has ended with exit code ${payload.exitCode}`;
}
