/** The word of `words` that was probably meant, or null. */
export function meantBy(typed: string, words: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const word of words) {
    const distance = distanceOf(typed, word);
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

export function didYouMean(typed: string, words: Iterable<string>): string {
  const meant = meantBy(typed, words);
  return meant === null ? '' : `; did you mean ${meant}?`;
}

/** The number of letters to add, remove, change or swap with a neighbour to turn one word into the other. */
function distanceOf(one: string, other: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const swaps = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next[column] = Math.min(
        (last?.[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last?.[column - 1] ?? 0) + (isSame ? 0 : 1),
        swaps ? (before?.[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, next];
  }
  return last?.[other.length] ?? one.length;
}
