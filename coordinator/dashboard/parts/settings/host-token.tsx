import { Show } from 'solid-js';
import { useLive } from '../../app/context.ts';
import { SetupSteps } from '../access/setup-steps.tsx';
import { TokenShown } from '../access/token-shown.tsx';
import { CopyLine } from '../basics/empty.tsx';

export type NewHostToken = { hostId: string; host: string; token: string; isNew: boolean };

/** A host's token, shown once, with the command to paste on the host. */
export function HostToken(props: NewHostToken & { onDone: () => void }) {
  const live = useLive();
  return (
    <TokenShown
      label={`The token of ${props.host}`}
      title={
        <>
          {props.isNew ? 'The token of ' : 'The new token of '}
          <b>{props.host}</b>, shown this once.
          {props.isNew ? '' : ' The old one no longer works. Put the new one in its place, and restart the agent.'}
        </>
      }
      token={props.token}
      onDone={props.onDone}
    >
      <Show when={props.isNew} fallback={<CopyLine text={pasteOf(props.token)} what="The command" />}>
        <SetupSteps token="token" />
        <p role="status">
          <Show when={live.host(props.hostId)?.online} fallback={<>waiting for {props.host}…</>}>
            <b>{props.host}</b> is online.
          </Show>
        </p>
      </Show>
    </TokenShown>
  );
}

/** For any shell: writes the token where the unit reads it, and restarts the agent. */
const pasteOf = (token: string): string =>
  `echo ${token} | install -D -m 0600 /dev/stdin /etc/switchyard/token && systemctl restart switchyard-agent`;
