import { createMemo, Show } from 'solid-js';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';

/** A step-up may run out meanwhile. */
const LOOK_MS = 15_000;

/** Says before the click whether a step-up will be asked for, or until when the last one counts; for an op, only if it takes one. */
export function StepUpHint(props: { what: string; op?: string }) {
  const { live } = useApp();
  const me = createRemote(
    createMemo(() => String(Math.floor(live.now() / LOOK_MS))),
    () => api.whoami(),
  );
  const left = () => (me.body()?.steppedUpUntil ?? 0) - live.now();
  return (
    <Show when={me.body() && (props.op === undefined || me.body()?.stepUpOps.includes(props.op))}>
      <p class="hint">
        {props.what}{' '}
        {left() > 0
          ? `asks for no step-up for ${Math.ceil(left() / 60_000)} min.`
          : 'asks for a step-up first: the admin token, or a fresh sign-in.'}
      </p>
    </Show>
  );
}
