import type { Line } from './output-lines.ts';
import { CARRIED_LINES, PLAIN, penAfter, takeUp } from './pen.ts';

/** A line as drawn. `text` begins with the styles that earlier lines left open. */
export type ShownLine = { number: number; text: string; isCut: boolean };

/**
 * The lines from `first` to before `last`, counted from 1; lines that are not held yet are empty. An unchanged line is the object
 * of `before`, so that it is not drawn again.
 */
export function linesShown(
  lineOf: (number: number) => Line | undefined,
  { first, last }: { first: number; last: number },
  before: readonly ShownLine[] = [],
): ShownLine[] {
  const known = new Map(before.map((line) => [line.number, line]));
  const shown: ShownLine[] = [];
  let pen = PLAIN;
  for (let number = Math.max(1, first - CARRIED_LINES); number < last; number += 1) {
    const { text = '', isCut = false } = lineOf(number) ?? {};
    if (number >= first) {
      const line = { number, text: takeUp(pen, number) + text, isCut };
      const same = known.get(number);
      shown.push(same?.text === line.text && same.isCut === isCut ? same : line);
    }
    pen = isCut ? PLAIN : penAfter(pen, text, number);
  }
  return shown;
}
