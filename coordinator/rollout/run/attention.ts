import type { AttentionItem, AttentionKind } from '../../../shared/model/attention.ts';
import { APPROVAL_LAPSES_MS, type RolloutStatus } from '../../../shared/model/rollout.ts';
import type { RolloutState } from './rollout-state.ts';

const KINDS: Partial<Record<RolloutStatus, AttentionKind>> = {
  AWAITING_APPROVAL: 'rollout_approval',
  PAUSED: 'rollout_paused',
  FAILED: 'rollout_failed',
};

/**
 * The attention item of a rollout that waits for a person.
 *
 * @param newest The newest rollout of each name. A failed rollout waits until a newer one of its name is made.
 */
export function itemOf(
  { record: { rollout, since } }: RolloutState,
  newest: ReadonlyMap<string, string>,
): AttentionItem | null {
  const { id, name, status, reason, createdAt } = rollout;
  if (status === 'FAILED' && newest.get(name) !== id) return null;
  const kind = status === 'RUNNING' && reason?.code === 'approval' ? 'rollout_approval' : KINDS[status];
  if (!kind) return null;
  const asksForWave = status === 'RUNNING' ? (reason?.until ?? null) : null;
  const lapsesAt = status === 'AWAITING_APPROVAL' ? createdAt + APPROVAL_LAPSES_MS : asksForWave;
  return {
    kind,
    hostId: null,
    commandId: null,
    rolloutId: id,
    since: since ?? createdAt,
    lapsesAt,
    message: `${name}: ${reason?.message ?? status}`,
  };
}
