import { Show } from 'solid-js';
import { named } from '../../../../shared/model/actor.ts';
import { makerNameOf, makerOf, type RolloutMaker, type RolloutSummary } from '../../../../shared/model/rollout.ts';
import { useApp } from '../../app/context.ts';
import { mayApprove } from '../../words/approver.ts';

/** Says before the click who may approve the rollout. */
export function ApprovalHint(props: { rollout: RolloutMaker & Pick<RolloutSummary, 'steps'> }) {
  const { me } = useApp();
  const steps = () => props.rollout.steps.map(({ op }) => op);
  const stepUps = () => me()?.stepUpOps.filter((op) => steps().includes(op)) ?? [];
  const who = () => {
    if (!me()?.twoPeople) return `Anyone who may run ${steps().join(', ')} on its hosts may approve it.`;
    return `A person other than ${named(makerOf(props.rollout), makerNameOf(props.rollout))} must approve it, not a token${mayApprove(me(), props.rollout) ? '' : '; you cannot'}.`;
  };
  return (
    <Show when={me()}>
      <p class="hint">
        {who()}
        {stepUps().length > 0 ? ` ${stepUps().join(', ')} may ask for a step-up.` : ''}
      </p>
    </Show>
  );
}
