import { Show } from 'solid-js';
import type { RolloutSummary } from '../../../shared/rollout.ts';
import { api } from '../app/api.ts';
import { createRemote } from '../app/remote.ts';

/** Says before the click by whom the rollout may be approved. */
export function ApprovalHint(props: { rollout: Pick<RolloutSummary, 'id' | 'createdBy' | 'steps'> }) {
  const me = createRemote(
    () => props.rollout.id,
    () => api.whoami(),
  );
  const steps = () => props.rollout.steps.map(({ op }) => op);
  const stepUps = () => me.body()?.stepUpOps.filter((op) => steps().includes(op)) ?? [];
  const who = () => {
    const { createdBy } = props.rollout;
    if (!me.body()?.twoPeople) return `Anyone may approve it who may run ${steps().join(', ')} on its hosts.`;
    const isMine = me.body()?.actor === createdBy;
    return `Another person than ${createdBy} approves it, and no token${isMine ? ': so not you' : ''}.`;
  };
  return (
    <Show when={me.body()}>
      <p class="hint">
        {who()}
        {stepUps().length > 0 ? ` ${stepUps().join(', ')} may ask for a step-up.` : ''}
      </p>
    </Show>
  );
}
