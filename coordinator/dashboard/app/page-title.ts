import { decoded } from './match-path.ts';
import { NAV } from './nav.ts';

/** The names of rollouts and commands; undefined if not known yet. */
export type Named = {
  rollout(id: string): string | undefined;
  command(id: string): string | undefined;
};

const OTHER_PAGES: Readonly<Record<string, string>> = { '/rollouts/new': 'New rollout', '/dispatches': 'Dispatches' };

/** The title of the page at this path; null for the fleet. */
export function pageTitle(path: string, named: Named): string | null {
  if (path === '/') return null;
  const page = NAV.find(([to]) => to === path)?.[1] ?? OTHER_PAGES[path];
  if (page !== undefined) return page;
  const [, kind, word = '', ...rest] = path.split('/');
  if (word === '' || rest.length > 0) return null;
  switch (kind) {
    case 'hosts':
      return decoded(word);
    case 'rollouts':
      return named.rollout(word) ?? 'Rollout';
    case 'commands':
      return named.command(word) ?? 'Command';
    case 'dispatches':
      return 'Dispatch';
    default:
      return null;
  }
}
