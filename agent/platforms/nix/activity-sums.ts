import { ACTIVITY } from './event.ts';

/** How far one activity has come, or all of a kind together: things or bytes, as its kind has them. */
export type Counts = { done: number; expected: number; failed: number };

type Counted = { type: number; counts: Counts; bytes: number };

/** The counts of all activities of a kind together. A sum changes only by the difference between an activity's last two counts. */
export function createActivitySums() {
  const sums = new Map<number, Counts>();
  let expectedBytes = 0;

  const sumOf = (type: number): Counts => sums.get(type) ?? { done: 0, expected: 0, failed: 0 };

  return {
    of: sumOf,
    /** Bytes that all copies together expect, unpacked. */
    expectedBytes: () => expectedBytes,
    /** Takes in the counts that nix reports of an activity. */
    count(activity: Counted, fields: readonly unknown[]): void {
      const { counts } = activity;
      const now = {
        done: countIn(fields[0], counts.done),
        expected: countIn(fields[1], counts.expected),
        failed: countIn(fields[3], counts.failed),
      };
      const sum = sumOf(activity.type);
      sums.set(activity.type, {
        done: sum.done + now.done - counts.done,
        expected: sum.expected + now.expected - counts.expected,
        failed: sum.failed + now.failed - counts.failed,
      });
      activity.counts = now;
    },

    /** Takes in what nix expects an activity to copy. */
    expect(activity: Counted, [type, bytes]: readonly unknown[]): void {
      if (type !== ACTIVITY.copyPath) return;
      const now = countIn(bytes, activity.bytes);
      expectedBytes += now - activity.bytes;
      activity.bytes = now;
    },
  };
}

/** Nix's counts are unsigned: one below zero reads as 2⁶⁴ less a little, or as 2⁶³. An impossible number is ignored. */
const countIn = (field: unknown, former: number): number =>
  Number.isSafeInteger(field) && (field as number) >= 0 ? (field as number) : former;
