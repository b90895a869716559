import { createEffect, createMemo, createSignal, Match, on, onCleanup, onMount, Show, Switch } from 'solid-js';
import type { DispatchRequest } from '../../../shared/dispatch.ts';
import { AppProvider } from '../app/context.ts';
import type { Live } from '../app/live.ts';
import { watchAttention } from '../app/notify.ts';
import { followLink, matchPath, path } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Attention } from '../pages/attention.tsx';
import { CommandPage } from '../pages/command.tsx';
import { Commands } from '../pages/commands.tsx';
import { DispatchPage } from '../pages/dispatch.tsx';
import { Events } from '../pages/events.tsx';
import { Fleet } from '../pages/fleet.tsx';
import { HostPage } from '../pages/host.tsx';
import { Settings } from '../pages/settings.tsx';
import { DispatchDialog } from '../parts/dispatch-dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedsYou } from '../parts/needs-you.tsx';
import { Palette } from '../parts/palette.tsx';
import { StepUpDialog } from '../parts/step-up-dialog.tsx';
import { Header } from './header.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { LinkBanner } from './link-banner.tsx';
import { Notices } from './notices.tsx';

type Open = { dialog: 'palette' } | { dialog: 'keys' } | { dialog: 'dispatch'; draft: Partial<DispatchRequest> } | null;

/** The frame of every page: header, needs, connection banner, dialogs and notices. */
export function Shell(props: { live: Live; onSignOut: () => void }) {
  const { live } = props;
  const [open, setOpen] = createSignal<Open>(null);
  let main!: HTMLElement;
  const app = {
    live,
    openDispatch: (draft: Partial<DispatchRequest>) => setOpen({ dialog: 'dispatch', draft }),
    openPalette: () => setOpen({ dialog: 'palette' }),
    signOut: () => props.onSignOut(),
    canAct: () => live.link() === 'live',
  };

  watchAttention(live);
  createEffect(() => {
    const waiting = live.needs().length;
    document.title = waiting > 0 ? `(${waiting}) Switchyard` : 'Switchyard';
  });
  // A screen reader reads a new page from its beginning.
  createEffect(
    on(
      path,
      () => {
        setOpen(null);
        main.focus({ preventScroll: true });
      },
      { defer: true },
    ),
  );

  function onKey(event: KeyboardEvent): void {
    const isTyping =
      event.target instanceof HTMLElement && event.target.matches('input:not([type=checkbox]), select, textarea');
    if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
      event.preventDefault();
      app.openPalette();
    } else if (event.key === '/' && !isTyping && open() === null) {
      const search = main.querySelector<HTMLInputElement>('input[type=search]');
      if (search) event.preventDefault();
      search?.focus();
    } else if (event.key === '?' && !isTyping && open() === null) {
      event.preventDefault();
      setOpen({ dialog: 'keys' });
    }
  }
  onMount(() => {
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', followLink);
    onCleanup(() => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('click', followLink);
    });
  });

  const draft = () => {
    const now = open();
    return now?.dialog === 'dispatch' ? now.draft : null;
  };

  const skip = (event: MouseEvent): void => {
    event.preventDefault();
    main.focus();
  };

  return (
    <AppProvider value={app}>
      <a class="skip" href={`${href(path())}#main`} onClick={skip}>
        Skip to the page
      </a>
      <Header />
      <div class="strip">
        <LinkBanner />
        <Show when={path() !== '/attention'}>
          <NeedsYou />
        </Show>
      </div>
      <main id="main" tabIndex={-1} ref={main}>
        <Page />
      </main>
      <Notices />
      <Show when={open()?.dialog === 'palette'}>
        <Palette onClose={() => setOpen((now) => (now?.dialog === 'palette' ? null : now))} />
      </Show>
      <Show when={open()?.dialog === 'keys'}>
        <KeysDialog onClose={() => setOpen((now) => (now?.dialog === 'keys' ? null : now))} />
      </Show>
      <Show when={draft()} keyed>
        {(given) => <DispatchDialog draft={given} onClose={() => setOpen((now) => (draft() === given ? null : now))} />}
      </Show>
      <StepUpDialog />
    </AppProvider>
  );
}

function Page() {
  const at = (pattern: string) => createMemo(() => matchPath(pattern, path()));
  const host = at('/hosts/:name');
  const command = at('/commands/:id');
  const dispatch = at('/dispatches/:id');
  return (
    <Switch
      fallback={
        <Empty title="There is no such page">
          <a class="button" href={href('/')}>
            See the fleet
          </a>
        </Empty>
      }
    >
      <Match when={path() === '/'}>
        <Fleet />
      </Match>
      <Match when={path() === '/attention'}>
        <Attention />
      </Match>
      <Match when={path() === '/commands'}>
        <Commands />
      </Match>
      <Match when={path() === '/events'}>
        <Events />
      </Match>
      <Match when={path() === '/settings'}>
        <Settings />
      </Match>
      <Match when={host()?.name} keyed>
        {(name) => <HostPage name={name} />}
      </Match>
      <Match when={command()?.id} keyed>
        {(id) => <CommandPage id={id} />}
      </Match>
      <Match when={dispatch()?.id} keyed>
        {(id) => <DispatchPage id={id} />}
      </Match>
    </Switch>
  );
}
