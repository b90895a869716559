import type { AttentionItem } from '../../shared/model/attention.ts';
import type { Receiver } from '../../shared/model/notify.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { ReceiverState } from '../store/records.ts';
import { isBroken } from './progress.ts';

/** A receiver as people see it, without its secrets. `waiting`: the number of its waiting notices. */
export function receiverView(
  { name, kind, events, where, url }: ReceiverConfig,
  { deliveredAt, failed, givenUp, givenUpAt }: ReceiverState,
  waiting: number,
  nextTryAt: number | null,
): Receiver {
  return {
    name,
    kind,
    address: url?.host ?? 'as its secretFile says',
    events: kind === 'heartbeat' ? [] : [...events],
    where: where?.text ?? null,
    waiting,
    lastDeliveryAt: deliveredAt,
    lastError: failed,
    nextTryAt,
    givenUp,
    givenUpAt,
  };
}

/** Null unless the receiver has missed notices since its last delivery. */
export function attentionTo({ name, kind }: ReceiverConfig, state: ReceiverState): AttentionItem | null {
  const { givenUp, givenUpAt, failed } = state;
  if (givenUpAt === null || !isBroken(state)) return null;
  const message = `${name} (${kind}) was not told ${givenUp === 1 ? 'a notice' : `${givenUp} notices`}: ${failed?.message ?? 'given up'}`;
  const about = { hostId: null, commandId: null, rolloutId: null };
  return { kind: 'notify_failed', ...about, since: givenUpAt, lapsesAt: null, message };
}
