import { stripVTControlCharacters } from 'node:util';
import { ACTING_RUN } from './acting.ts';
import { STYLE, withoutStyles } from './style.ts';

/** Words in which nothing acts on a terminal; styles stay. */
export const harmless = (words: string): string =>
  // Most words are harmless as they are.
  words.search(ACTING_RUN) === -1 ? words : stripVTControlCharacters(words).replaceAll(ACTING_RUN, ' ');

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;
const ZERO_WIDTH = /\p{M}|\u200b|\u200d/u;

const widthOfCharacter = (character: string): number => (WIDE.test(character) ? 2 : ZERO_WIDTH.test(character) ? 0 : 1);

/** Columns that a text takes on a terminal; styles take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of withoutStyles(harmless(text))) width += widthOfCharacter(character);
  return width;
}

export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

const PIECE = new RegExp(`${STYLE.source}|.`, 'gsu');

/** At most `width` columns of it, with its styles. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let left = width - 1;
  let clipped = '';
  let isCut = false;
  for (const [piece, code] of harmless(text).matchAll(PIECE)) {
    if (code !== undefined) {
      clipped += piece;
      continue;
    }
    left -= widthOfCharacter(piece);
    if (left >= 0) clipped += piece;
    else if (!isCut) clipped += '…';
    isCut = left < 0;
  }
  return clipped;
}

/** `a, b and 3 more` */
export function listed(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
