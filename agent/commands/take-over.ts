import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { endOrphans } from '../kill/orphans.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import type { FinalWord, Tombstones } from '../state/tombstones.ts';
import type { Kept } from './kept-command.ts';
import type { KeptCommands } from './kept-commands.ts';
import type { OutputSender } from './output-sender.ts';

export type TakeOverDeps = {
  spool: Pick<Spool, 'scan'>;
  tombstones: Pick<Tombstones, 'find'>;
  output: Pick<OutputSender, 'add'>;
  commands: Pick<KeptCommands, 'byId' | 'hold'>;
  launcher: Pick<Launcher, 'endStrays'>;
  table: ProcessTable;
  clock: Clock;
  stateTag: string;
  log: Log;
};

/** Takes over the commands that an earlier agent left, and ends what belongs to no command. Resolves once each was looked at. */
export async function takeOver(deps: TakeOverDeps): Promise<void> {
  const { commands, launcher, table, clock, stateTag, log } = deps;
  const found = await deps.spool.scan();
  for (const entry of found.sort((a, b) => a.spec.acceptedAt - b.spec.acceptedAt)) await takeOverOne(deps, entry);
  const known = new Set(commands.byId.keys());
  const strays = await launcher.endStrays(known);
  const orphans = await endOrphans({ table, clock, stateTag, known });
  if (strays + orphans > 0)
    log.warn({ units: strays, processes: orphans }, 'ended processes that belonged to no command');
  // Hello must name only running commands as running.
  await Promise.all([...commands.byId.values()].map(({ live }) => live?.looked));
}

async function takeOverOne({ tombstones, output, commands }: TakeOverDeps, entry: SpoolEntry): Promise<void> {
  const { id } = entry.spec;
  const buried = await tombstones.find(id);
  if (buried?.type === 'command.exited') return entry.remove();
  const result = await entry.result();
  const word: FinalWord | null = buried ?? (result && { type: 'command.exited', payload: result });
  const kept: Kept = { entry, live: null, word };
  commands.byId.set(id, kept);
  if (word) output.add(id, entry.outputFile);
  else commands.hold(kept, true, null);
}
