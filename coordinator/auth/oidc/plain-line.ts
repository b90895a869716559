/** Somebody else's text as one line, without control, format and direction characters, with which it could pose as something else. */
export const plainLine = (text: string, chars: number): string =>
  [...text.slice(0, 10 * chars).replaceAll(/[\p{C}\p{Z}]+/gu, ' ')].slice(0, chars).join('').trim();
