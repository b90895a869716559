import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { ACTING_RUN } from './acting.ts';
import { STYLE, styleOf, withoutStyles } from './style.ts';

/** Text without characters that act on a terminal; styles stay. */
export const harmless = (words: string): string =>
  // Most text is harmless already.
  words.search(ACTING_RUN) === -1 ? words : stripVTControlCharacters(words).replaceAll(ACTING_RUN, ' ');

const PLAIN = /^[ -~]*$/;

/** Columns that a text takes on a terminal; styles take none. */
export function widthOf(text: string): number {
  const shown = withoutStyles(harmless(text));
  return PLAIN.test(shown) ? shown.length : stringWidth(shown);
}

export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** One character as a terminal shows it: a flag, a family, a letter with its accents. */
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** At most `width` columns of it, with its styles. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let left = width - 1;
  let clipped = '';
  let isCut = false;
  // Every second piece is a style's number.
  for (const [at, piece] of harmless(text).split(STYLE).entries()) {
    if (at % 2 === 1) {
      clipped += styleOf(Number(piece));
      continue;
    }
    for (const { segment } of characters.segment(piece)) {
      if (isCut) break;
      left -= widthOf(segment);
      isCut = left < 0;
      clipped += isCut ? '…' : segment;
    }
  }
  return clipped;
}

/** `a, b and 3 more` */
export function listed(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
