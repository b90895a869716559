import type { Preview } from '../../../../shared/model/report.ts';

type Packages = Preview['packages'];

/** Nix colours sizes even where nobody sees colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a colour begins with
const COLOUR = /\u001b\[[0-9;]*m/g;

/** `+12.3 KiB`; since 2.2x in larger units too, and without the plus. */
const SIZE = /^[+-]?\d+(?:\.\d+)? (?:B|[KMGTPEZ]iB)$/;

const NOT_THERE = '∅';
const NO_VERSION = 'ε';

/**
 * Reads what `nix store diff-closures` prints, a line a package: `glib: 1.2 → 1.4, +12.3 KiB`. `∅` stands for no such package, `ε` for one without a
 * version. A line with a size alone is a package of the same version that was rebuilt: its versions are null.
 */
export function readClosureDiff(text: string): Packages {
  const packages: Packages = { added: [], removed: [], changed: [] };
  for (const line of text.replace(COLOUR, '').split('\n')) {
    const [, name, rest = ''] = /^(\S+): (.+)$/.exec(line.trim()) ?? [];
    if (name === undefined) continue;
    const parts = rest.split(', ');
    const hasSize = SIZE.test(parts.at(-1) ?? '');
    const versions = (hasSize ? parts.slice(0, -1) : parts).join(', ');
    const [from, to] = versions.split(' → ');
    if (versions === '') packages.changed.push({ name, from: null, to: null });
    else if (from === undefined || to === undefined) continue;
    else if (from === NOT_THERE) packages.added.push(name);
    else if (to === NOT_THERE) packages.removed.push(name);
    else packages.changed.push({ name, from: versionOf(from), to: versionOf(to) });
  }
  return packages;
}

const versionOf = (text: string): string | null => (text === NO_VERSION ? null : text);
