import { SwitchyardError } from '../../shared/api/errors.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { CommitUnknown } from '../store/write.ts';
import { isLive, type Memory } from './memory.ts';
import type { Signals } from './signals.ts';
import type { Turn } from './turn.ts';

/** Takes turns that could not be written out of memory. */
export type TakingBack = {
  /** Undoes the turn and rejects it with `storage_unavailable`. */
  takeBack(turn: Turn, cause: unknown): void;
  /** Removes an ended record from memory. */
  drop(record: CommandRecord): void;
};

export type TakingBackDeps = {
  signals: Pick<Signals, 'failed'>;
  memory: Memory;
  /** The record has left memory. */
  onDropped: (id: string) => void;
};

export function createTakingBack({ signals, memory, onDropped }: TakingBackDeps): TakingBack {
  function takeBack(turn: Turn, cause: unknown): void {
    const touched = [...turn.before.keys()].flatMap((id) => memory.get(id) ?? []);
    undo(turn);
    const message =
      cause instanceof CommitUnknown
        ? 'The store was lost at the moment of writing: look whether it was changed before you try again.'
        : 'The store cannot be written; nothing was changed. Try again.';
    turn.done.reject(new SwitchyardError('storage_unavailable', message, { cause }));
    signals.failed.tell({ cause, touched });
  }

  const undo = ({ before, undos }: Turn): void => {
    for (const one of undos.reverse()) one();
    for (const [id, record] of before) {
      const now = memory.get(id);
      if (record && isLive(record)) memory.put(record);
      else if (now) drop(now);
    }
  };

  function drop(record: CommandRecord): void {
    memory.drop(record);
    onDropped(record.command.id);
  }

  return { takeBack, drop };
}
