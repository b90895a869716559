import { createMemo, createRoot, createSignal } from 'solid-js';
import { href, ROOT } from '../feed/root.ts';

/** The page's place is recorded only in the address, so that everything has a link. */

const [place, setPlace] = createSignal(here());

function here(): URL {
  return new URL(location.href);
}

window.addEventListener('popstate', () => setPlace(here()));

/** The path below `ROOT`. It changes with the page, not with each parameter of the query. */
export const path = createRoot(() => createMemo(() => place().pathname.slice(ROOT.length)));

/** A parameter of the query; empty if it is missing. */
export const query = (name: string): string => place().searchParams.get(name) ?? '';

/** Replaces words of the query without a step in the history. Empty ones are left out. */
export function setQuery(words: Readonly<Record<string, string>>): void {
  const url = here();
  for (const [name, value] of Object.entries(words)) {
    if (value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(null, '', url);
  setPlace(url);
}

/** Goes to a link made by `href`. */
export function navigate(to: string): void {
  const url = new URL(to, location.href);
  if (url.href === location.href) return;
  history.pushState(null, '', url);
  setPlace(url);
  scrollTo(0, 0);
}

/** Follows a plain click on a link of ours without reloading the page. */
export function followLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!isPlain || event.defaultPrevented || !link || link.target !== '' || link.hasAttribute('download')) return;
  if (
    link.origin !== location.origin ||
    !link.pathname.startsWith(href('/')) ||
    link.pathname.startsWith(href('/api/'))
  )
    return;
  event.preventDefault();
  navigate(link.href);
}

export const hostPath = (name: string): string => href(`/hosts/${encodeURIComponent(name)}`);
export const commandPath = (id: string): string => href(`/commands/${id}`);
export const dispatchPath = (id: string): string => href(`/dispatches/${id}`);
export const rolloutPath = (id: string): string => href(`/rollouts/${id}`);
/** The fleet filtered by these words; the selection stays. */
export function filterPath(words: string): string {
  const selected = path() === '/' ? query('sel') : '';
  return href(`/?${new URLSearchParams({ q: words, ...(selected !== '' && { sel: selected }) })}`);
}
