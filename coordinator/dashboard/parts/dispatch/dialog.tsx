import { Show } from 'solid-js';
import type { DispatchRequest } from '../../../../shared/model/dispatch.ts';
import { api } from '../../app/api.ts';
import { createRemote } from '../../app/remote.ts';
import { dispatchPath } from '../../app/router.ts';
import { Dialog } from '../basics/dialog.tsx';
import { DispatchForm } from './form.tsx';
import { createDispatchOrder } from './order.ts';
import { DispatchResults } from './results.tsx';

/** Asks what to run on the given hosts, runs it, and shows each host's answer. */
export function DispatchDialog(props: { draft: Partial<DispatchRequest>; onClose: () => void }) {
  const order = createDispatchOrder(props);
  const { op, aim, reboots, answer } = order;
  const sent = createRemote(
    () => answer()?.dispatchId ?? null,
    (id) => api.dispatchOf(id),
  );
  return (
    <Dialog
      title={answer() ? `${op()}: what the hosts answered` : `${reboots() ? 'Reboot' : 'Run on'} ${aim()}`}
      wide
      onClose={props.onClose}
    >
      <Show when={answer()} fallback={<DispatchForm draft={props.draft} order={order} onClose={props.onClose} />}>
        {(given) => (
          <>
            <DispatchResults op={op()} results={given().results} commands={sent.body()?.commands ?? []} />
            <footer>
              <a class="button" href={dispatchPath(given().dispatchId)} onClick={() => props.onClose()}>
                Open as a page
              </a>
            </footer>
          </>
        )}
      </Show>
    </Dialog>
  );
}
