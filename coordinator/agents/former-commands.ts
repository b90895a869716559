import type { AgentFrame, Hello } from '../../shared/protocol.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

/**
 * What a machine still holds of a registration that was removed, once it is back under another one.
 *
 * F1 The record of such a command has ended with its host, and nothing that another host says changes it.
 * F2 What became of it is told once, as an event of the host that tells it; the host itself is believed about itself alone.
 */
export type FormerCommands = {
  isFormer(record: CommandRecord | null): boolean;
  /** Its last word has been told: it is not asked for again. */
  hasEnded(id: string): boolean;
  listed(hostId: string, commands: Hello['commands']): void;
  /** Its last word. */
  ended(hostId: string, record: CommandRecord, frame: LastWord): void;
};

export type LastWord = Extract<AgentFrame, { type: 'command.exited' | 'command.rejected' }>;

export function createFormerCommands(deps: {
  ledger: Pick<Ledger, 'get' | 'afterCommit'>;
  roster: Pick<Roster, 'byId'>;
  say: (hostId: string, level: 'warn', code: string, message: string, next: string | null) => void;
}): FormerCommands {
  const { ledger, roster } = deps;
  /** Ids of records that are stored: no host can make more of them. */
  const running = new Set<string>();
  const ended = new Set<string>();

  /** What could not be written is told again when the host says it again. */
  function sayOnce(
    told: Set<string>,
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
    ledger.afterCommit(() => told.add(id));
  }

  const isFormer = (record: CommandRecord | null): boolean =>
    record !== null && roster.byId(record.command.hostId) === null;

  return {
    isFormer,
    hasEnded: (id) => ended.has(id),
    listed(hostId, commands) {
      for (const { id, state } of commands) {
        const record = state === 'running' ? ledger.get(id) : null;
        if (record && isFormer(record))
          sayOnce(running, hostId, record, 'still runs', 'its end; the host is busy until then');
      }
    },
    ended(hostId, record, frame) {
      sayOnce(ended, hostId, record, `${endOf(frame)}; its record says LOST, since its host was removed`, null);
    },
  };
}

function endOf({ type, payload }: LastWord): string {
  if (type === 'command.rejected') return 'did not run';
  if (payload.lost) return 'has ended, and how is not known';
  return payload.signal ? `was ended by ${payload.signal}` : `has ended with exit code ${payload.exitCode}`;
}
