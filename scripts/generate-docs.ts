/**
 * Writes the parts of the documentation that are generated from code: `node scripts/generate-docs.ts [--check]`.
 * A page in docs/ is written by hand except for its sections, each between two comments that name it: `<!-- generated NAME -->`
 * and `<!-- end -->`. With --check it writes nothing, names what differs, and exits 1. To add a section, add it to SECTIONS and
 * put its two comments into a page.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configurationKeys, opThresholds } from './docs-configuration.ts';
import { stateDiagram, statusGlossary, transitionTable } from './docs-lifecycle.ts';
import { rolloutDiagram, rolloutTable } from './docs-rollouts.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Every section by its name, as a function that gives its Markdown. */
export const SECTIONS: Readonly<Record<string, () => string>> = {
  'configuration-keys': configurationKeys,
  'configuration-thresholds': opThresholds,
  'lifecycle-diagram': stateDiagram,
  'lifecycle-statuses': statusGlossary,
  'lifecycle-transitions': transitionTable,
  'rollout-diagram': rolloutDiagram,
  'rollout-table': rolloutTable,
};

const SECTION = /(?<=<!-- generated (?<name>[a-z-]+) -->\n).*?(?=<!-- end -->)/gs;

/** The page with its sections as the code gives them now. Throws on an unknown section. */
export function fillSections(page: string, sections: Readonly<Record<string, () => string>> = SECTIONS): string {
  return page.replace(SECTION, (_, name: string) => {
    const section = sections[name];
    if (!section) throw new Error(`there is no section "${name}"`);
    return `\n${section()}\n\n`;
  });
}

/** Names of the sections that a page has. */
export const sectionsOf = (page: string): string[] =>
  [...page.matchAll(SECTION)].flatMap(({ groups }) => groups?.name ?? []);

export type DocPage = { file: string; now: string; filled: string };

/** Every page of docs/ that has sections, as it is and as it should be. */
export const readPages = (): DocPage[] =>
  globSync('docs/**/*.md', { cwd: ROOT })
    .sort()
    .map((file) => ({ file, now: readFileSync(resolve(ROOT, file), 'utf8') }))
    .filter(({ now }) => sectionsOf(now).length > 0)
    .map((page) => ({ ...page, filled: fillSections(page.now) }));

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const outdated = readPages().filter(({ now, filled }) => now !== filled);
  for (const { file, filled } of outdated) {
    if (!values.check) writeFileSync(resolve(ROOT, file), filled);
    console.log(values.check ? `${file} is out of date: run node scripts/generate-docs.ts` : `wrote ${file}`);
  }
  if (values.check && outdated.length > 0) process.exitCode = 1;
}
