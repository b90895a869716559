import { type Arrival, isFinal, type OutputHolding } from '../../../shared/model/output-arrival.ts';
import { age } from '../../../shared/time/spans.ts';

/**
 * How long to wait for the rest of an output while no byte of it comes. An agent that lost its connection, even by a restart of the
 * coordinator, tries again within 30 s.
 */
export const REST_PATIENCE_MS = 45_000;

/** A host unseen for so long is not awaited. A killed coordinator's record of when it saw a host is up to a minute old. */
const LONG_GONE_MS = 120_000;

export const isLongGone = (lastSeenAt: number | null, now: number): boolean =>
  lastSeenAt === null || now - lastSeenAt > LONG_GONE_MS;

/** Whether there is more of an ended command's output to wait for. */
export const mayCome = (arrival: Arrival): boolean => !isFinal(arrival) && arrival !== 'growing';

/**
 * `27000000 of 52428800 bytes of the output are here; …`; null if nothing is missing, or the command has not ended. `isGivenUp`: the wait
 * for the rest is over.
 */
export function shortfall({ bytes, total, arrival }: OutputHolding, host: string, isGivenUp: boolean): string | null {
  const some = `${bytes} of ${total} bytes of the output`;
  switch (arrival) {
    case 'arriving':
      return isGivenUp
        ? `${some} are here; nothing has come from ${host} for ${age(REST_PATIENCE_MS)}`
        : `${some} are here; the rest is still arriving`;
    case 'away':
      return `${some} are here; ${host} is offline, and may send the rest when it returns`;
    case 'lost':
      return `${some} are here; ${host} no longer has the rest`;
    case 'cut':
      return bytes < total
        ? `${some} were kept: it is longer than the coordinator keeps (limits.outputBytes)`
        : `${bytes} of more than ${total} bytes of the output were kept: the disk of ${host} was full`;
    default:
      return null;
  }
}
