import type { Log } from '../config/log.ts';
import type { Tombstones } from '../state/tombstones.ts';
import { attemptWrite } from './command-record.ts';
import type { Kept } from './kept-command.ts';
import type { OutputSender } from './output-sender.ts';

/**
 * Removes the folders of ended commands.
 * B1  A folder goes once the coordinator has its exit and output. The store's mark and the tombstone are written first. If the disk is too full for one, the
 *     folder stays, without its output, until the next welcome or the next day.
 */
export type Burials = {
  /** `exitAcked`: the coordinator has the final frame. Keeps the folder if anything is still missing. */
  release(id: string, exitAcked: boolean): Promise<void>;
  /** Retries the folders that only a full disk kept. */
  retry(): Promise<void>;
};

/** Calls `onAcked` for each command whose final frame the coordinator has. */
export function createBurials(deps: {
  commands: Map<string, Kept>;
  tombstones: Pick<Tombstones, 'add'>;
  output: Pick<OutputSender, 'acked' | 'remove'>;
  markKept(): Promise<void>;
  onAcked(id: string): void;
  log: Log;
}): Burials {
  const { commands, tombstones, output, log } = deps;
  const acked = new Set<string>();

  async function release(id: string, exitAcked: boolean): Promise<void> {
    const kept = commands.get(id);
    if (!kept?.word) return;
    if (exitAcked) {
      acked.add(id);
      deps.onAcked(id);
    }
    const bytes = kept.word.type === 'command.exited' ? kept.word.payload.outputBytes : 0;
    if (!acked.has(id) || output.acked(id) < bytes) return;
    const { entry, word } = kept;
    await deps.markKept();
    const bury = () => attemptWrite(log, 'a tombstone', () => tombstones.add(id, word));
    if (!(await bury())) {
      await attemptWrite(log, 'room for a tombstone', entry.dropOutput);
      if (!(await bury())) return;
    }
    await output.remove(id);
    await entry.remove();
    commands.delete(id);
    acked.delete(id);
  }

  return {
    release,
    async retry() {
      for (const id of [...acked]) await release(id, false);
    },
  };
}
