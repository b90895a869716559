import { createMemo, createRoot, createSignal } from 'solid-js';
import { href, ROOT } from '../feed/root.ts';

/** Where the page is: path and query of the address are the only record of it, so that everything has a link. */

const [place, setPlace] = createSignal(here());

function here(): URL {
  return new URL(location.href);
}

window.addEventListener('popstate', () => setPlace(here()));

/** Below `ROOT`. Whoever follows it is told of another page, and not of each word of the query. */
export const path = createRoot(() => createMemo(() => place().pathname.slice(ROOT.length)));

/** A word of the query; empty where it is not there. */
export const query = (name: string): string => place().searchParams.get(name) ?? '';

/** Words of the query are replaced in place: they are no step to go back over. Empty ones are left out. */
export function setQuery(words: Readonly<Record<string, string>>): void {
  const url = here();
  for (const [name, value] of Object.entries(words)) {
    if (value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(null, '', url);
  setPlace(url);
}

/** To a link, as `href` makes them. */
export function navigate(to: string): void {
  const url = new URL(to, location.href);
  if (url.href === location.href) return;
  history.pushState(null, '', url);
  setPlace(url);
  scrollTo(0, 0);
}

/** Follows a plain click on a link of ours without loading the page anew. */
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

/** The words that stand at `:name` in the pattern, or null where the path is another. */
export function matchPath(pattern: string, given: string): Record<string, string> | null {
  const [wanted, parts] = [pattern.split('/'), given.split('/')];
  if (wanted.length !== parts.length) return null;
  const words: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const word = parts[at] ?? '';
    if (part.startsWith(':')) words[part.slice(1)] = decodeURIComponent(word);
    else if (part !== word) return null;
  }
  return words;
}

export const hostPath = (name: string): string => href(`/hosts/${encodeURIComponent(name)}`);
export const commandPath = (id: string): string => href(`/commands/${id}`);
export const dispatchPath = (id: string): string => href(`/dispatches/${id}`);
/** The fleet as far as it matches the words; what is selected there stays so. */
export function filterPath(words: string): string {
  const selected = path() === '/' ? query('sel') : '';
  return href(`/?${new URLSearchParams({ q: words, ...(selected !== '' && { sel: selected }) })}`);
}
