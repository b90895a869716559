/**
 * Characters that a terminal acts on instead of showing: control characters, and those that change the writing direction or hide
 * text. For a character class; includes line breaks.
 */
const ACTING =
  '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}';

/** The same without tabs and line breaks, which fill every output. */
export const ACTING_IN_OUTPUT = ACTING.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f');

export const ACTING_RUN = new RegExp(`[${ACTING}]+`, 'gu');

const ACTING_ONE = new RegExp(`[${ACTING}]`, 'gu');

/** JSON in one line without acting characters: they are escaped, and parse back to the same text. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replaceAll(ACTING_ONE, escaped);

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
