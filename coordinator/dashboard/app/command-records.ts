import { type Accessor, createEffect, createSignal, onCleanup, untrack } from 'solid-js';
import { backoffMs } from '../../../shared/backoff.ts';
import { type Command, isActive } from '../../../shared/command.ts';
import { api } from './api.ts';
import type { Live } from './live.ts';
import { draw } from './still.ts';

/**
 * The commands that a page shows, each as it stands now, whether or not the live feed still has it.
 *
 * R1 Of several records of a command the one with the greatest `rev` is shown.
 * R2 The feed has every active command, and of those that ended only each host's latest. What is shown as active and is not in
 *    the feed has therefore ended: how is asked of the API, by its dispatch, until it is known.
 */
export function createCommandRecords(live: Live, shown: Accessor<readonly Command[]>): (command: Command) => Command {
  const [asked, setAsked] = createSignal<ReadonlyMap<string, Command>>(new Map());
  /** The newest of each that was shown: the feed may have dropped it since. */
  const seen = new Map<string, Command>();
  /** How often each dispatch was asked for: the least asked comes first, and those that fail hold up no other. */
  const tries = new Map<string, number>();
  let hasLeft = false;
  let asking: ReturnType<typeof setTimeout> | undefined;

  function newest(command: Command): Command {
    const { id } = command;
    // Of the same rev, the feed's has the latest progress.
    let found = command;
    for (const one of [seen.get(id), asked().get(id), live.command(id)]) if (one && one.rev >= found.rev) found = one;
    seen.set(id, found);
    return found;
  }

  const dropped = (): Command[] =>
    live.isKnown() && live.link() === 'live'
      ? shown().filter((command) => isActive(newest(command).status) && !live.command(command.id))
      : [];

  const triesOf = (id: string): number => tries.get(id) ?? 0;
  const dispatchesDropped = () => [...new Set(untrack(dropped).map(({ dispatchId }) => dispatchId))];

  function askSoon(): void {
    const least = Math.min(...dispatchesDropped().map(triesOf));
    asking ??= setTimeout(() => void ask(), backoffMs(least, PAUSE));
  }

  async function ask(): Promise<void> {
    const dispatches = dispatchesDropped().sort((one, other) => triesOf(one) - triesOf(other));
    const answers = await Promise.all(
      dispatches.slice(0, AT_ONCE).map((id) => {
        tries.set(id, triesOf(id) + 1);
        return api.dispatchOf(id);
      }),
    );
    if (hasLeft) return;
    asking = undefined;
    const found = answers.flatMap((answer) => (answer.ok ? answer.body.commands : []));
    if (found.length > 0)
      draw(() => setAsked((known) => new Map([...known, ...found.map((one) => [one.id, one] as const)])));
    const left = new Set(dispatchesDropped());
    for (const id of tries.keys()) if (!left.has(id)) tries.delete(id);
    if (left.size > 0) askSoon();
  }

  createEffect(() => {
    if (dropped().length > 0) askSoon();
  });
  onCleanup(() => {
    hasLeft = true;
    clearTimeout(asking);
  });
  return newest;
}

/** So that what has just begun is in the feed by then, and a coordinator that fails is not asked all the time. */
const PAUSE = { firstMs: 500, longestMs: 10_000 };
const AT_ONCE = 3;
