import { ATTENTION_KINDS } from '../../shared/model/attention.ts';
import type { Host } from '../../shared/model/host.ts';
import type { EventWord } from '../../shared/model/notify.ts';
import { matchesWhere } from '../../shared/where/where-match.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Cause } from './causes.ts';

const ATTENTION: ReadonlySet<string> = new Set(ATTENTION_KINDS);

/**
 * Whether a receiver gets a notice. One with a `where` gets notices only of matching hosts and of rollouts with one of them. A host that cannot be
 * matched, such as one just removed, does not hold a notice back.
 * @param hostOf The host as shown; null if unknown.
 */
export function wants(
  { name, events, where }: Pick<ReceiverConfig, 'name' | 'events' | 'where'>,
  { kind, level, hostIds, receiver }: Pick<Cause, 'kind' | 'level' | 'hostIds' | 'receiver'>,
  hostOf: (hostId: string) => Host | null,
): boolean {
  if (receiver === name) return false;
  const words: readonly EventWord[] = events;
  const isNamed =
    words.some((word) => word === kind || word === level) || (words.includes('attention') && ATTENTION.has(kind));
  if (!isNamed || where === null) return isNamed;
  return hostIds?.some((hostId) => isMeant(where.parsed, hostOf(hostId))) ?? false;
}

const isMeant = (where: NonNullable<ReceiverConfig['where']>['parsed'], host: Host | null): boolean =>
  // CONFIG allows no `state:` here (config/notify.ts).
  host === null || matchesWhere(where, host, 'ok');
