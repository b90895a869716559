import { createMemo, createSignal, For, Show, untrack } from 'solid-js';
import { useApp } from '../app/context.ts';
import { NAV } from '../app/nav.ts';
import { setTheme, theme } from '../app/prefs.ts';
import { commandPath, hostPath, navigate } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Dialog } from '../parts/basics/dialog.tsx';
import { type Entry, findEntries } from '../words/palette.ts';

const SHOWN = 12;

/** Finds a page, a host or an op by a few letters. */
export function Palette(props: { onClose: () => void }) {
  const app = useApp();
  const { live } = app;
  const [text, setText] = createSignal('');
  const [at, setAt] = createSignal(0);
  const go = (to: string) => () => navigate(to);

  // As of opening: results must not move while somebody types.
  const hosts = untrack(live.hosts);
  const entries: Entry[] = [
    ...NAV.map(([to, title]) => ({ title, note: 'page', run: go(href(to)) })),
    ...(app.may('operator') ? [{ title: 'New rollout', note: 'page', run: go(href('/rollouts/new')) }] : []),
    { title: 'Switch light and dark', note: 'setting', run: () => setTheme(theme() === 'dark' ? 'light' : 'dark') },
    ...hosts.map(({ name, tags, platform }) => ({
      title: name,
      note: `host${platform === null ? '' : ` · ${platform}`}`,
      keywords: tags.join(' '),
      run: go(hostPath(name)),
    })),
    ...hosts.flatMap(({ name, ops, activeCommandId }) => [
      ...(app.may('operator') ? ops : []).map(({ id }) => ({
        title: `${id} ${name}`,
        note: 'run…',
        keywords: `run ${id} on ${name}`,
        run: () => app.openDispatch({ op: id, hosts: [name] }),
      })),
      ...(activeCommandId === null
        ? []
        : [{ title: `command on ${name}`, note: 'active command', run: go(commandPath(activeCommandId)) }]),
    ]),
  ];
  const found = createMemo(() => findEntries(entries, text(), SHOWN));
  const chosen = () => found()[Math.min(at(), found().length - 1)];

  function choose(entry: Entry | undefined): void {
    if (!entry) return;
    props.onClose();
    entry.run();
  }

  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((n) => (Math.min(n, found().length - 1) + step + found().length) % Math.max(1, found().length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(chosen());
    }
  }

  return (
    <Dialog title="Go to or run" onClose={props.onClose}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-label="Page, host or op"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={`palette-${at()}`}
        placeholder="A page, a host, or an op and a host: switch web1"
        autofocus
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div id="palette-list" class="palette-list" role="listbox" aria-label="Found">
        <For each={found()}>
          {(entry, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys of the list
            <div
              id={`palette-${index()}`}
              role="option"
              tabIndex={-1}
              aria-selected={index() === at()}
              onClick={() => choose(entry)}
            >
              <span>{entry.title}</span>
              <span class="quiet">{entry.note}</span>
            </div>
          )}
        </For>
      </div>
      <Show when={found().length === 0}>
        <p class="hint">Nothing matches “{text()}”.</p>
      </Show>
    </Dialog>
  );
}
