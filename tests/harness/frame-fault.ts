import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Fate, PassingFrame, TestProxy } from './proxy.ts';

/** A frame's sender and type: `agent command.accepted`. */
export type FrameName = `${PassingFrame['from']} ${string}`;

/**
 * Aims at one frame: the next of that name, or the n-th. That frame meets the fate, `act` runs with it, and all others pass.
 * Resolves once it has come; rejects if it does not.
 */
export function atFrame(
  proxy: TestProxy,
  name: FrameName,
  fate: Fate,
  { nth = 1, act }: { nth?: number; act?: () => void } = {},
): Promise<unknown> {
  let left = nth;
  proxy.onFrame(({ from, type }) => {
    if (`${from} ${type}` !== name) return 'pass';
    left -= 1;
    if (left !== 0) return 'pass';
    proxy.onFrame(() => 'pass');
    act?.();
    return fate;
  });
  const came = waitFor(`${name} to pass`, () => left === 0);
  // A caller that fails before awaiting it has said enough.
  came.catch(() => {});
  return came;
}
