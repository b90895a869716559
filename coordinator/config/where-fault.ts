import { parseWhere } from '../../shared/where/where.ts';

/** The fault of a `where` in CONFIG, with its position; null if there is none. */
export function whereFault(text: string): string | null {
  const parsed = parseWhere(text);
  return 'fault' in parsed ? `${parsed.fault.message} (position ${parsed.fault.position})` : null;
}
