import { newId } from '../../../shared/ids.ts';

/**
 * Styles as they stand in a text until a sink writes it: a key that no host can know, so that no words of one are ever a style, a
 * number as terminals know it, and `m`.
 */
const KEY = `\u{f0000}${newId()}:`;

export const STYLE = new RegExp(`${KEY}(\\d{1,2})m`, 'gu');

/** Switches a style on, or with 0 all of them off. */
export const styleOf = (code: number): string => `${KEY}${code}m`;

export const styled = (code: number, text: string): string => `${styleOf(code)}${text}${styleOf(0)}`;

/** As a terminal takes them. */
export const withColours = (text: string): string => text.replaceAll(STYLE, '\u001b[$1m');

export const withoutStyles = (text: string): string => text.replaceAll(STYLE, '');
