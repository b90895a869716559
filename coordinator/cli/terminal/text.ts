import { stripVTControlCharacters } from 'node:util';

/** What comes from hosts is data: on a terminal it must not act. */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;
const ZERO_WIDTH = /\p{M}|\u200b|\u200d/u;

const widthOfCharacter = (character: string): number => (WIDE.test(character) ? 2 : ZERO_WIDTH.test(character) ? 0 : 1);

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += widthOfCharacter(character);
  return width;
}

export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** At most `width` columns of it, with its colours. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let left = width - 1;
  let clipped = '';
  let isCut = false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are passed over
  for (const [piece] of text.matchAll(/\u001b\[[\d;]*m|./gsu)) {
    if (piece.startsWith('\u001b')) {
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
