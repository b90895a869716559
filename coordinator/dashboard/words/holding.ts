import { assertNever } from '../../../shared/assert-never.ts';
import type { Arrival, OutputHolding } from '../../../shared/model/output-arrival.ts';
import { size } from './duration.ts';

/** `27.0 of 50.0 MB`, `512 B of 50.0 MB`. */
function sizes(bytes: number, total: number): string {
  const [some, all] = [size(bytes), size(total)];
  const [number, unit] = some.split(' ');
  return all.endsWith(` ${unit}`) ? `${number} of ${all}` : `${some} of ${all}`;
}

/** `27.0 of 50.0 MB, still arriving`; just `50.0 MB` if that is all, or the final size is unknown. */
export function holdingWords({ bytes, total, arrival }: OutputHolding, host: string): string {
  const rest = restWords(arrival, host);
  return rest === null ? size(bytes) : `${sizes(bytes, total)}, ${rest}`;
}

/** How much a search without a match covered; `null` looked for errors. */
export function notFoundWords(text: string | null, { bytes, total, arrival }: OutputHolding, host: string): string {
  const rest = restWords(arrival, host);
  const some = text === null ? 'No error stands in' : `“${text}” does not stand in`;
  if (rest !== null) return `${some} the first ${sizes(bytes, total)}; the rest: ${rest}`;
  if (arrival === 'growing') return `${some} the output so far, ${size(bytes)}`;
  return arrival === 'cut' ? `${some} what was kept of the output` : `${some} the output`;
}

/** The state of the missing rest; null if there is none, or it is said elsewhere. */
function restWords(arrival: Arrival, host: string): string | null {
  switch (arrival) {
    case 'arriving':
      return 'still arriving';
    case 'away':
      return `${host} is offline`;
    case 'lost':
      return `no longer on ${host}`;
    case 'growing':
    case 'whole':
    case 'cut':
      return null;
    default:
      return assertNever(arrival);
  }
}
