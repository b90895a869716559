import type { CommandView } from '../../shared/api/resources.ts';

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One line each, the most frequent first. */
  lines(): string[] {
    const sorted = [...this.#counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    return sorted.map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
  }
}

export const endOf = ({ status, code }: CommandView): string => (code ? `${status} (${code})` : status);
