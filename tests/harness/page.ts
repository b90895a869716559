import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../../docs');

/** The fenced block of this page of docs/ that has all of these words. Throws unless there is exactly one. */
export function blockOf(page: string, ...words: string[]): string {
  const found = readFileSync(join(DOCS, page), 'utf8')
    .split('```')
    .filter((_, index) => index % 2 === 1)
    .map((block) => block.replace(/^.*\n/, ''))
    .filter((block) => words.every((word) => block.includes(word)));
  const [block] = found;
  if (block === undefined || found.length > 1) throw new Error(`${page} has ${found.length} blocks with ${words}`);
  return block;
}

/** The text with these places filled in. Throws if it lacks one. */
export function filledIn(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((filled, [place, value]) => {
    if (!filled.includes(place)) throw new Error(`${place} is missing in: ${filled}`);
    return filled.replaceAll(place, value);
  }, text);
}
