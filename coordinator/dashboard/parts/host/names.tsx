import { createSignal, Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { hostPath, navigate } from '../../app/router.ts';
import { Dialog } from '../basics/dialog.tsx';
import { FaultLine } from '../basics/fault-line.tsx';
import { NameFields, wordsOf } from '../basics/name-fields.tsx';

/** Gives a host another name or other tags. */
export function HostNames(props: { host: Host }) {
  const { canAct } = useApp();
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <button type="button" class="button" disabled={!canAct()} onClick={() => setOpen(true)}>
        Name and tags…
      </button>
      <Show when={isOpen()}>
        <Dialog title={`Name and tags of ${props.host.name}`} onClose={() => setOpen(false)}>
          <Form host={props.host} onDone={() => setOpen(false)} />
        </Dialog>
      </Show>
    </>
  );
}

function Form(props: { host: Host; onDone: () => void }) {
  // As of opening: an update must not overwrite what is typed.
  const { id, name: before, tags: tagsBefore } = props.host;
  const { canAct } = useApp();
  const [name, setName] = createSignal(before);
  const [tags, setTags] = createSignal(tagsBefore.join(', '));
  const [fault, setFault] = createSignal<string | null>(null);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const wanted = name().trim();
    const answer = await api.changeHost(id, { ...(wanted !== before && { name: wanted }), tags: wordsOf(tags()) });
    if (!answer.ok) return void setFault(answer.detail);
    props.onDone();
    tell('ok', `${wanted}: saved`);
    if (wanted !== before) navigate(hostPath(wanted));
  }

  return (
    <form onSubmit={(event) => void save(event)}>
      <NameFields name={name} setName={setName} tags={tags} setTags={setTags} focusesTags />
      <p class="hint">A tag aims a run at many hosts at once: switchyard run pull --tag web.</p>
      <FaultLine fault={fault()} />
      <footer>
        <button type="submit" class="button primary" disabled={!canAct()}>
          Save
        </button>
      </footer>
    </form>
  );
}
