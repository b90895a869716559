import { createEffect, createSignal, on, onCleanup, onMount, Show, Suspense } from 'solid-js';
import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import { AppProvider } from '../app/context.ts';
import type { Live } from '../app/live.ts';
import { createMe } from '../app/me.ts';
import { watchAttention } from '../app/notify.ts';
import { pageTitle } from '../app/page-title.ts';
import { followLink, path } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { DispatchDialog } from '../parts/dispatch/dialog.tsx';
import { NeedsYou } from '../parts/need/needs-you.tsx';
import { StepUpDialog } from '../parts/step-up/dialog.tsx';
import { Header } from './header.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { LinkBanner } from './link-banner.tsx';
import { Notices } from './notices.tsx';
import { Page } from './pages.tsx';
import { Palette } from './palette.tsx';

type Open = { dialog: 'palette' } | { dialog: 'keys' } | { dialog: 'dispatch'; draft: Partial<DispatchRequest> } | null;

/** The frame of every page: header, needs, connection banner, dialogs and notices. */
export function Shell(props: { live: Live; onSignOut: () => void }) {
  const { live } = props;
  const [open, setOpen] = createSignal<Open>(null);
  let main!: HTMLElement;
  const { me, may } = createMe();
  const app = {
    live,
    openDispatch: (draft: Partial<DispatchRequest>) => setOpen({ dialog: 'dispatch', draft }),
    openPalette: () => setOpen({ dialog: 'palette' }),
    signOut: () => props.onSignOut(),
    me,
    may,
    canAct: () => live.link() === 'live' && may('operator'),
  };

  watchAttention(live);
  createEffect(() => {
    const waiting = live.waiting();
    const shown = pageTitle(path(), {
      rollout: (id) => live.rollout(id)?.name,
      command(id) {
        const known = live.command(id);
        return known && `${known.op} on ${live.host(known.hostId)?.name ?? 'a removed host'}`;
      },
    });
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${shown === null ? '' : `${shown} · `}Switchyard`;
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
        <Suspense>
          <Page />
        </Suspense>
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
