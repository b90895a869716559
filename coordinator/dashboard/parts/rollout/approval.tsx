import { Match, Show, Switch } from 'solid-js';
import { wantsApproval } from '../../../../shared/looks/rollout-look.ts';
import { isActive } from '../../../../shared/model/command.ts';
import type { Rollout } from '../../../../shared/model/rollout.ts';
import { busy, dispatchOne } from '../../app/actions.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { commandPath } from '../../app/router.ts';
import { PreviewLines } from '../command/preview-card.tsx';
import { RolloutActions } from './actions.tsx';
import { ApprovalHint } from './approval-hint.tsx';

/** Enough to find the last preview of this commit among others. */
const LOOKED_AT = '5';

/** A rollout that waits for an approval, with a preview on its first host. */
export function RolloutApproval(props: { rollout: Rollout }) {
  const { live, may, canAct } = useApp();
  /** The first host of the next wave stands for the others. */
  const canary = () => {
    const wave = props.rollout.waves.find(({ status }) => status !== 'done');
    return wave?.hosts.map((id) => live.host(id)).find((host) => host !== undefined);
  };
  const commit = () => props.rollout.commit;
  const isAsked = () => wantsApproval(props.rollout) && commit() !== null && canary() !== undefined;
  const canPreview = () => canary()?.ops.some(({ id }) => id === 'preview') ?? false;
  const previews = createRemote(
    () => (isAsked() ? `${canary()?.id} ${live.latest(canary()?.id ?? '')?.rev}` : null),
    () => api.commands({ host: canary()?.id ?? '', op: 'preview', limit: LOOKED_AT }),
  );
  const latest = () => previews.body()?.items[0];
  const found = () =>
    previews
      .body()
      ?.items.find(({ status, evidence }) => status === 'SUCCESS' && evidence?.preview?.commit === commit());
  const run = () => {
    const [host, wanted] = [canary(), commit()];
    if (host && wanted) void dispatchOne({ op: 'preview', hosts: [host.id], options: { commit: wanted }, force: true });
  };
  return (
    <Show when={wantsApproval(props.rollout)}>
      <section class="panel" aria-labelledby="approval-title" data-tone="attention">
        <h2 id="approval-title">Waiting for approval</h2>
        <RolloutActions rollout={props.rollout} />
        <ApprovalHint rollout={props.rollout} />
        <Show when={isAsked() && canPreview()}>
          <Switch>
            <Match when={found()?.evidence?.preview}>
              {(preview) => (
                <>
                  <p>
                    What it would change on <b>{canary()?.name}</b>, as{' '}
                    <a href={commandPath(found()?.id ?? '')}>a preview</a> found:
                  </p>
                  <PreviewLines preview={preview()} />
                </>
              )}
            </Match>
            <Match when={latest() && isActive(latest()?.status ?? 'LOST')}>
              <p>
                <a href={commandPath(latest()?.id ?? '')}>A preview</a> is under way on {canary()?.name}.
              </p>
            </Match>
            <Match when={may('operator')}>
              <div class="actions">
                <button type="button" class="button" disabled={!canAct() || busy()} onClick={run}>
                  Preview it on {canary()?.name}
                </button>
                <span class="hint">Builds it there and changes nothing.</span>
              </div>
            </Match>
          </Switch>
        </Show>
      </section>
    </Show>
  );
}
