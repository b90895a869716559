import type { Clock } from '../../shared/time/clock.ts';
import type { OutputLog } from '../output/log.ts';
import type { Engine } from './engine.ts';
import type { Ledger } from './ledger.ts';

/**
 * Counts the running commands' output found at a start, because the stored count is not written each time the output grows. The durable
 * part is found when the agent asks where to go on: thousands of files can't be synced first.
 */
export async function countFoundOutput(deps: {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'allLive'>;
  outputs: Pick<OutputLog, 'found'>;
}): Promise<void> {
  const { clock, engine, ledger, outputs } = deps;
  const live = [...ledger.allLive()];
  const found = await outputs.found(live.map(({ command }) => command.id));
  for (const { command } of live) {
    const { output } = command;
    const bytes = found.get(command.id) ?? 0;
    const total = Math.max(output.total, bytes);
    engine.apply(command.id, { type: 'output', at: clock.now(), ...output, bytes, total });
  }
}
