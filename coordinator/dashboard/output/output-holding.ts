import { type Command, isActive } from '../../../shared/model/command.ts';
import { arrivalOf, type OutputHolding } from '../../../shared/model/output-arrival.ts';
import type { Live } from '../app/live.ts';
import { elapsedOf } from '../words/deadline.ts';
import { holdingWords } from '../words/holding.ts';
import type { OutputSource } from './output-source.ts';

/**
 * How much of the output is visible. A record that is not its host's latest may be old; sizes read or received since are newer.
 */
export function holdingSeen(
  { hostId, status, output }: Command,
  live: Pick<Live, 'host'>,
  source: Pick<OutputSource, 'bytes' | 'told'>,
): OutputHolding {
  const [bytes, told, host] = [source.bytes(), source.told(), live.host(hostId)];
  const total = Math.max(output.total, told?.total ?? 0, bytes);
  const truncated = output.truncated || told?.arrival === 'cut';
  const isLost = told?.arrival === 'lost' || !host;
  const arrival = arrivalOf(
    { status, output: { bytes, total, truncated } },
    isLost ? 'none' : host.online ? 'online' : 'offline',
  );
  return { bytes, total, arrival };
}

/** Shown in place of an output if none of it is held. */
export function emptyWords(command: Command, holding: OutputHolding, host: string, now: number): string {
  if (isActive(command.status)) return `0 bytes, ${elapsedOf(command, now) ?? '0:00'} elapsed`;
  return holding.total === 0 ? 'It wrote nothing.' : holdingWords(holding, host);
}
