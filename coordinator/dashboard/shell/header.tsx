import { createEffect, For, Show } from 'solid-js';
import { useApp } from '../app/context.ts';
import { NAV } from '../app/nav.ts';
import { filterPath, path } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Icon } from '../parts/basics/icon.tsx';
import { count } from '../words/duration.ts';

const COMMIT_LENGTH = 8;

export function Header() {
  const { live, openPalette } = useApp();
  /** A page below it counts too: `/rollouts/ID` is one of Rollouts. */
  const isAt = (to: string) => path() === to || (to !== '/' && path().startsWith(`${to}/`));
  const waiting = live.waiting;
  const target = () => {
    const known = live.target();
    return known?.source ? known : null;
  };
  let nav!: HTMLElement;
  // On a phone the navigation is wider than the window, and the number of what waits widens it.
  createEffect(() => {
    path();
    waiting();
    const current = nav.querySelector<HTMLElement>('[aria-current]');
    if (!current) return;
    const [link, room] = [current.getBoundingClientRect(), nav.getBoundingClientRect()];
    nav.scrollLeft += Math.max(0, link.right - room.right) - Math.max(0, room.left - link.left);
  });
  return (
    <header class="header">
      <a class="brand" href={href('/')}>
        <Icon name="yard" />
        Switchyard
      </a>
      <nav aria-label="Pages" ref={nav}>
        <For each={NAV}>
          {([to, words]) => (
            <a href={href(to)} aria-current={isAt(to) ? 'page' : undefined}>
              {words}
              <Show when={to === '/attention' && waiting() > 0}>
                <span class="waiting num">{count(waiting())}</span>
              </Show>
            </a>
          )}
        </For>
      </nav>
      <Show when={target()}>
        {(known) => (
          <a
            class="target"
            href={filterPath('git:outdated')}
            data-tone={known().error === null ? undefined : 'error'}
            title={`${known().error ?? known().source}\nClick for the hosts whose checkout is behind`}
          >
            <Show when={known().error === null} fallback={<Icon name="cross" />}>
              <span class="quiet">target</span>
            </Show>
            <span>{known().branch ?? 'version'}</span>
            <span class="mono">{known().commit?.slice(0, COMMIT_LENGTH) ?? 'unknown'}</span>
          </a>
        )}
      </Show>
      <button type="button" class="button find" onClick={openPalette} aria-keyshortcuts="Control+K">
        <Icon name="search" />
        <span>Go to or run</span>
        <span class="key" aria-hidden="true">
          Ctrl K
        </span>
      </button>
    </header>
  );
}
