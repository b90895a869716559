import { newId } from '../../../shared/ids.ts';

/**
 * Styles as they stand in a text until a sink writes it: a key that no host can know (so that no host's text ever becomes a
 * style), a terminal's style number, and `m`.
 */
const KEY = `\u{f0000}${newId()}:`;

export const STYLE = new RegExp(`${KEY}(\\d{1,2})m`, 'gu');

/** Switches a style on; 0 switches all off. */
export const styleOf = (code: number): string => `${KEY}${code}m`;

export const styled = (code: number, text: string): string => `${styleOf(code)}${text}${styleOf(0)}`;

/** In the terminal's own form. */
export const withColours = (text: string): string => text.replaceAll(STYLE, '\u001b[$1m');

export const withoutStyles = (text: string): string => text.replaceAll(STYLE, '');
