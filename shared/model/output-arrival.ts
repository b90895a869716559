import { assertNever } from '../assert-never.ts';
import { type Command, isActive } from './command.ts';

/**
 * Whether more of an output will come than the coordinator holds. `growing`: the command has not ended. After its end,
 * `arriving`: its host is online and has the rest; `away`: its host is offline and may send the rest when it returns; `whole`:
 * everything known to exist is held; `cut`: no more was kept than is held; `lost`: the rest can't come any more.
 */
export const ARRIVALS = ['growing', 'arriving', 'away', 'whole', 'cut', 'lost'] as const;
export type Arrival = (typeof ARRIVALS)[number];

/** How much of an output the coordinator holds and how much is known to exist, in bytes, and whether more will come. */
export type OutputHolding = { bytes: number; total: number; arrival: Arrival };

/** Where the rest of an output would come from: an online host, an offline one, or none that has it. */
export type OutputSource = 'online' | 'offline' | 'none';

export function arrivalOf({ status, output }: Pick<Command, 'status' | 'output'>, source: OutputSource): Arrival {
  if (isActive(status)) return 'growing';
  if (output.truncated) return 'cut';
  if (output.bytes >= output.total) return 'whole';
  switch (source) {
    case 'online':
      return 'arriving';
    case 'offline':
      return 'away';
    case 'none':
      return 'lost';
    default:
      return assertNever(source);
  }
}

/** No byte more can come: the held output is final. */
export const isFinal = (arrival: Arrival): boolean => arrival === 'whole' || arrival === 'cut' || arrival === 'lost';
