import { createSignal, Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { setMaintenance } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';
import { Dialog } from '../basics/dialog.tsx';
import { Icon } from '../basics/icon.tsx';
import { ChoiceField, TextField } from '../basics/text-field.tsx';
import { Time } from '../basics/time.tsx';

const HOUR = 3_600_000;
const SPANS = [
  [String(HOUR), '1 hour'],
  [String(4 * HOUR), '4 hours'],
  [String(24 * HOUR), 'a day'],
  [String(7 * 24 * HOUR), 'a week'],
  ['', 'until it is ended'],
] as const;

/** Says that a host is in maintenance, with a button that ends it. */
export function MaintenanceBanner(props: { host: Host }) {
  const { canAct, may } = useApp();
  return (
    <Show when={props.host.maintenance}>
      {(known) => (
        <section class="panel line-of" aria-label="Maintenance" data-tone="attention">
          <Icon name="clock" />
          <span class="says">
            <b>In maintenance</b>
            {known().reason === '' ? '' : `: ${known().reason}`}
            <Show when={known().until} fallback=", until it is ended.">
              {(until) => (
                <>
                  , until <Time at={until()} />.
                </>
              )}
            </Show>{' '}
            <span class="quiet">Nothing is run on it, and rollouts pass it over.</span>
          </span>
          <Show when={may('operator')}>
            <button
              type="button"
              class="button small"
              disabled={!canAct()}
              onClick={() => void setMaintenance(props.host, null)}
            >
              End maintenance
            </button>
          </Show>
        </section>
      )}
    </Show>
  );
}

/** Puts a host into maintenance, for a while and with a reason. */
export function MaintenanceButton(props: { host: Host }) {
  const { live, canAct, may } = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const [spanMs, setSpanMs] = createSignal<string>(SPANS[1][0]);
  const [reason, setReason] = createSignal('');

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const until = spanMs() === '' ? null : live.now() + Number(spanMs());
    if (await setMaintenance(props.host, { until, reason: reason().trim() })) setOpen(false);
  }

  return (
    <Show when={may('operator') && !props.host.maintenance}>
      <button type="button" class="button" disabled={!canAct()} onClick={() => setOpen(true)}>
        Maintenance…
      </button>
      <Show when={isOpen()}>
        <Dialog title={`Maintenance of ${props.host.name}`} onClose={() => setOpen(false)}>
          <form onSubmit={(event) => void save(event)}>
            <ChoiceField label="How long" value={spanMs()} choices={SPANS} onChoose={setSpanMs} />
            <TextField label="Reason" value={reason()} onInput={setReason} placeholder="A new disk" isFirst />
            <p class="hint">Commands to it are refused meanwhile, and rollouts pass it over. What runs goes on.</p>
            <footer>
              <button type="submit" class="button primary" disabled={!canAct()}>
                Begin maintenance
              </button>
            </footer>
          </form>
        </Dialog>
      </Show>
    </Show>
  );
}
