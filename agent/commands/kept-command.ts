import type { RunningCommand } from '../../shared/model/report.ts';
import type { ListedCommand } from '../../shared/wire/protocol.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import type { FinalWord } from '../state/tombstones.ts';
import type { HeldCommand } from './held-command.ts';

/** A command in the spool, watched by `live` until its final frame. */
export type Kept = {
  entry: SpoolEntry;
  live: HeldCommand | null;
  word: FinalWord | null;
};

/** As hello lists it. */
export async function listKept({ entry, live, word }: Kept): Promise<ListedCommand> {
  const { id, op } = entry.spec;
  if (word?.type === 'command.exited') {
    const { lost, startedAt, outputBytes } = word.payload;
    return { id, op, state: lost ? 'lost' : 'exited', startedAt, outputBytes };
  }
  // A rejection is a final frame too: the coordinator waits for it, even after a reboot.
  const state = word ? 'exited' : 'running';
  return { id, op, state, startedAt: live?.startedAt ?? null, outputBytes: await entry.outputBytes() };
}

/** The command that takes the host's slot and has no final frame yet. */
export function slotHolder(all: Iterable<Kept>): RunningCommand | null {
  for (const { entry, live, word } of all) {
    const { id, op, takesSlot } = entry.spec;
    if (!takesSlot || word) continue;
    return { id, op, pid: live?.pid ?? null, startedAt: live?.startedAt ?? null, phase: live?.phase ?? null };
  }
  return null;
}
