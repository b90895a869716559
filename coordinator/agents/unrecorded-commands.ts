import type { Hello, ListedCommand } from '../../shared/wire/protocol.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import { endOf, type LastWord } from './former-commands.ts';
import type { HostWords } from './host-words.ts';
import { createToldIds, type ToldIds } from './told-ids.ts';

/**
 * Commands that hosts hold and the store does not know: it was put back to an earlier time, or has forgotten them.
 * Q1 They get no record. One event says that the host holds the command, another how it ended; each comes once.
 * Q2 A host can make up ids, so its events are limited per start of the coordinator; a last one says that there are more.
 */
export type UnrecordedCommands = {
  /** Its end was reported, so the coordinator does not ask for it again. */
  hasEnded(hostId: string, id: string): boolean;
  listed(hostId: string, commands: Hello['commands']): void;
  /** The host's final frame about a command that has no record. `op`: null if the host did not name it. */
  ended(hostId: string, frame: LastWord, op: string | null): void;
};

/** Events per host, of each kind. */
export const MAX_TOLD = 500;

/** `more` has the host's id once the event about the limit is made. */
type ToldOfHost = { held: ToldIds; ended: ToldIds; more: ToldIds };

export function createUnrecordedCommands(deps: {
  ledger: Pick<Ledger, 'get' | 'afterCommit' | 'commit'>;
  roster: Pick<Roster, 'byId'>;
  say: HostWords['say'];
}): UnrecordedCommands {
  const { ledger, roster, say } = deps;
  /** Goes with the host's entry once it is removed. */
  const byHost = new WeakMap<object, ToldOfHost>();
  function toldOf(hostId: string): ToldOfHost {
    // Nothing is kept for a host that is being removed.
    const host = roster.byId(hostId) ?? {};
    const told = byHost.get(host) ?? {
      held: createToldIds(ledger),
      ended: createToldIds(ledger),
      more: createToldIds(ledger),
    };
    byHost.set(host, told);
    return told;
  }

  const nameOf = (hostId: string): string => roster.byId(hostId)?.name ?? hostId;

  /** An event that could not be written is made again when the host repeats its frame. */
  function tell(hostId: string, kind: 'held' | 'ended', id: string, message: string, next: string | null): void {
    say(hostId, 'warn', 'unrecorded_command', `${nameOf(hostId)}: ${message}`, next);
    toldOf(hostId)[kind].add(id);
  }

  function tellMore(hostId: string): void {
    const { more } = toldOf(hostId);
    if (more.has(hostId)) return;
    const message = `${nameOf(hostId)} holds more than ${MAX_TOLD} commands that this store does not know; the others are not reported one by one`;
    say(hostId, 'warn', 'unrecorded_command', message, 'look at the log of its agent');
    more.add(hostId);
  }

  return {
    hasEnded: (hostId, id) => toldOf(hostId).ended.isDurable(id),
    listed(hostId, commands) {
      for (const command of commands) {
        const { id, op } = command;
        if (ledger.get(id) !== null) continue;
        const { held } = toldOf(hostId);
        if (held.has(id)) continue;
        if (held.size >= MAX_TOLD) return tellMore(hostId);
        const { says, next } = heldWords(command);
        tell(hostId, 'held', id, `${op} (${id}) is not in this store: ${says}`, next);
      }
    },
    ended(hostId, frame, op) {
      const { id } = frame.payload;
      const { ended } = toldOf(hostId);
      if (ended.has(id)) return;
      if (ended.size >= MAX_TOLD) return tellMore(hostId);
      const bytes = frame.type === 'command.exited' ? frame.payload.outputBytes : 0;
      const output = bytes > 0 ? `; its ${bytes} bytes of output are not kept` : '';
      tell(
        hostId,
        'ended',
        id,
        `${op ?? 'a command'} (${id}), which is not in this store, ${endOf(frame)}${output}`,
        null,
      );
    },
  };
}

function heldWords({ state }: ListedCommand): { says: string; next: string | null } {
  switch (state) {
    case 'running':
      return { says: 'it runs on the host', next: 'its end; the host is busy until then' };
    case 'exited':
      return { says: 'it has ended on the host', next: null };
    default:
      return { says: 'it has ended on the host, and its outcome is not known', next: null };
  }
}
