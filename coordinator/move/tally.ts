import { createHash } from 'node:crypto';

/** The number of rows and the sum of their hashes, which does not depend on order. */
export type Tally = { rows: number; hash: string };

export type NamedTally = Tally & { name: string };

const MODULUS = 2n ** 256n;

/** Counts rows and adds up the hashes of these columns. */
export function createTally(columns: readonly string[]): {
  add(row: Readonly<Record<string, unknown>>): void;
  result(): Tally;
} {
  let rows = 0;
  let sum = 0n;
  return {
    add(row) {
      const values = JSON.stringify(columns.map((name) => row[name] ?? null));
      rows += 1;
      sum = (sum + BigInt(`0x${createHash('sha256').update(values).digest('hex')}`)) % MODULUS;
    },
    result: () => ({ rows, hash: sum.toString(16).padStart(64, '0') }),
  };
}

/** Throws if the rows that were read and those that were written differ. */
export function compare(name: string, read: Tally, written: Tally): NamedTally {
  if (read.rows !== written.rows || read.hash !== written.hash)
    throw new Error(`${name}: ${read.rows} rows were read, and ${written.rows} others written`);
  return { name, ...read };
}
