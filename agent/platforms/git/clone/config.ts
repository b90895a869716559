import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepIo } from '../../step/step-program.ts';
import { askClone, runInClone } from './clone-git.ts';

/** A git folder's own configuration: all values of each name; the last one counts. */
export type CloneConfig = ReadonlyMap<string, readonly string[]>;

/** Null if git can't read it. */
export async function readCloneConfig(io: StepIo, gitDir: string): Promise<CloneConfig | null> {
  const listed = await askClone(io, '.', 'config', '--file', join(gitDir, 'config'), '--list', '-z');
  if (listed === null) return null;
  const config = new Map<string, string[]>();
  for (const entry of listed.split('\0').filter((text) => text !== '')) {
    // A name without a value is true.
    const [name = '', ...rest] = entry.split('\n');
    config.set(name, [...(config.get(name) ?? []), rest.length === 0 ? 'true' : rest.join('\n')]);
  }
  return config;
}

export const ORIGIN = 'remote.origin.url';

/** Settings that git itself makes in a clone, and those for its layout and fetches. */
const LAYOUT = new RegExp(
  `^(${[
    'core\\.(repositoryformatversion|filemode|bare|worktree|symlinks|ignorecase|precomposeunicode|logallrefupdates)',
    'extensions\\..*',
    // Settings for reaching the remote stay: proxy, proxyauthmethod, uploadpack, serveroption.
    'remote\\.origin\\.(url|fetch|mirror|tagopt|prune|prunetags|promisor|partialclonefilter|skip\\w+)',
    'remote\\.(?!origin\\.).*',
    'branch\\..*',
  ].join('|')})$`,
  's',
);

/** Copies people's settings from the old clone to the new one, such as the remote's key. */
export async function carryOver(from: CloneConfig, dir: string): Promise<void> {
  const lines: string[] = [];
  for (const [name, values] of from) {
    if (LAYOUT.test(name)) continue;
    for (const value of values)
      lines.push(`${sectionOf(name)}\t${name.slice(name.lastIndexOf('.') + 1)} = ${quoted(value)}\n`);
  }
  // Not with `git config`: a value may be a token, and others can read argv.
  await appendFile(join(dir, '.git', 'config'), lines.join(''));
}

/** `section.sub section.key` begins with `[section "sub section"]`. */
function sectionOf(name: string): string {
  const first = name.indexOf('.');
  const last = name.lastIndexOf('.');
  const section = name.slice(0, first);
  if (first === last) return `[${section}]\n`;
  return `[${section} "${name.slice(first + 1, last).replace(/[\\"]/g, '\\$&')}"]\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t', '\b': '\\b' };

const quoted = (value: string): string => `"${value.replace(/[\\"\n\t\b]/g, (character) => ESCAPES[character] ?? '')}"`;

/** Points the clone at its remote and its own files. Resolves to git's exit status. */
export async function pointAtRemote(io: StepIo, config: CloneConfig, dir: string, url: string): Promise<number> {
  const wanted: readonly [name: string, value: string][] = [
    [ORIGIN, url],
    ['core.bare', 'false'],
  ];
  for (const [name, value] of wanted) {
    const values = config.get(name) ?? [];
    if (values.length === 1 && values[0] === value) continue;
    const { code } = await runInClone(io, dir, 'config', '--replace-all', name, value);
    if (code !== 0) return code;
  }
  if (!config.has('core.worktree')) return 0;
  return (await runInClone(io, dir, 'config', '--unset-all', 'core.worktree')).code;
}
