/** Foreign text as one line, without the control, format and direction characters that could disguise it. */
export const plainLine = (text: string, chars: number): string =>
  [...text.slice(0, 10 * chars).replaceAll(/[\p{C}\p{Z}]+/gu, ' ')].slice(0, chars).join('').trim();
