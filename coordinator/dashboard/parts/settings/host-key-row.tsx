import { Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { api } from '../../app/api.ts';
import { tell } from '../../app/notices.ts';
import { hostPath } from '../../app/router.ts';
import { Ago } from '../basics/time.tsx';
import { Sure } from '../question/sure.tsx';
import { HostToken, type NewHostToken } from './host-token.tsx';

/** A registered host with its actions; below it, its new token while that is shown. */
export function HostKeyRow(props: {
  host: Host;
  /** Removed, but keeps its place until the list is updated. */
  isGone: boolean;
  token: NewHostToken | null;
  onToken: (token: NewHostToken | null) => void;
}) {
  async function rotate(): Promise<void> {
    const { host } = props;
    const answer = await api.rotateToken(host.id);
    if (!answer.ok) return tell('error', answer.detail);
    props.onToken({ hostId: host.id, host: host.name, token: answer.body.token, isNew: false });
  }

  async function remove(): Promise<void> {
    const { host } = props;
    const answer = await api.removeHost(host.id);
    if (answer.ok) tell('ok', `${host.name} removed`);
    else tell('error', answer.detail);
  }

  return (
    <>
      <tr>
        <td>
          <a class="strong cut" href={hostPath(props.host.name)}>
            {props.host.name}
          </a>
        </td>
        <td>
          <Show when={!props.isGone} fallback={<span class="quiet">removed</span>}>
            <Ago at={props.host.lastSeenAt} />
          </Show>
        </td>
        <td class="row-actions">
          <Show when={!props.isGone}>
            <div class="actions">
              <Sure
                label="New token…"
                of={props.host.name}
                ask={`Give ${props.host.name} a new token? The old one stops working.`}
                yes="New token"
                onSure={() => void rotate()}
              />
              <Sure
                label="Remove…"
                of={props.host.name}
                ask={`Remove ${props.host.name}? What runs on it is LOST.`}
                yes="Remove"
                onSure={() => void remove()}
              />
            </div>
          </Show>
        </td>
      </tr>
      <Show when={props.token?.hostId === props.host.id && !props.token.isNew && props.token} keyed>
        {(one) => (
          <tr>
            <td colspan={3}>
              <HostToken {...one} onDone={() => props.onToken(null)} />
            </td>
          </tr>
        )}
      </Show>
    </>
  );
}
