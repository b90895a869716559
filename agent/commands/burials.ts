import type { Log } from '../config/log.ts';
import type { StoreMark } from '../state/store-mark.ts';
import { type FinalWord, type Tombstones, withoutOutput } from '../state/tombstones.ts';
import { attemptWrite } from './command-record.ts';
import type { Kept } from './kept-command.ts';
import type { OutputSender } from './output-sender.ts';

/**
 * Removes the folders of ended commands.
 * B1  A folder goes once the coordinator has its exit and output. The store's mark and the tombstone are written first. If the disk is too full for one, the
 *     folder stays, without its output, until the next welcome or the next day.
 * B2  After a store was put back, the agent repeats the ends of the commands buried since the copy, until each is acknowledged. The old mark
 *     stays until then, so the next connection repeats them too.
 */
export type Burials = {
  /** `exitAcked`: the coordinator has the final frame. Keeps the folder if anything is still missing. */
  release(id: string, exitAcked: boolean): Promise<void>;
  /** The store has lost everything after this mark. */
  retell(knownMark: number): Promise<void>;
  /** Retries the folders that only a full disk kept. */
  retry(): Promise<void>;
};

/** Only the newest are repeated. The coordinator reports fewer for each host, so it still notices that there are more. */
const MAX_RETOLD = 1_000;

/** Calls `onAcked` for each command whose final frame the coordinator has. */
export function createBurials(deps: {
  commands: Map<string, Kept>;
  tombstones: Pick<Tombstones, 'add' | 'since'>;
  output: Pick<OutputSender, 'acked' | 'remove'>;
  mark: Pick<StoreMark, 'latest' | 'kept' | 'goOn'>;
  send(word: FinalWord): void;
  onAcked(id: string): void;
  log: Log;
}): Burials {
  const { commands, tombstones, output, mark, log } = deps;
  const acked = new Set<string>();
  /** Repeated commands that are not acknowledged yet. */
  const retold = new Set<string>();

  function heardAgain(id: string): void {
    if (retold.delete(id) && retold.size === 0) mark.goOn();
  }

  async function release(id: string, exitAcked: boolean): Promise<void> {
    if (exitAcked) heardAgain(id);
    const kept = commands.get(id);
    if (!kept?.word) return;
    if (exitAcked) {
      acked.add(id);
      deps.onAcked(id);
    }
    const bytes = kept.word.type === 'command.exited' ? kept.word.payload.outputBytes : 0;
    if (!acked.has(id) || output.acked(id) < bytes) return;
    const { entry, word } = kept;
    await mark.kept();
    const at = mark.latest();
    const said = { ...word, op: entry.spec.op, ...(at !== null && { mark: at }) };
    const bury = () => attemptWrite(log, 'a tombstone', () => tombstones.add(id, said));
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
    async retell(knownMark) {
      const words = (await tombstones.since(knownMark)).slice(-MAX_RETOLD);
      retold.clear();
      for (const { payload } of words) retold.add(payload.id);
      if (words.length === 0) mark.goOn();
      for (const { type, payload, op } of words)
        deps.send(withoutOutput({ type, payload: { ...payload, ...(op && { op }) } } as FinalWord));
    },
    async retry() {
      for (const id of [...acked]) await release(id, false);
    },
  };
}
