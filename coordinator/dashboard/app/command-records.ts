import { type Accessor, createEffect, createSignal, onCleanup, untrack } from 'solid-js';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { backoffMs } from '../../../shared/time/backoff.ts';
import { api } from './api.ts';
import type { Live } from './live.ts';
import { draw } from './still.ts';

/**
 * The newest record of each command on a page, whether or not the live feed still has it.
 *
 * R1 The record with the greatest `rev` is shown.
 * R2 The feed has every active command, but only the latest ended one of each host. So a command shown as active but missing
 *    from the feed has ended. The API is asked how, by dispatch, until it answers.
 */
export function createCommandRecords(live: Live, shown: Accessor<readonly Command[]>): (command: Command) => Command {
  const [asked, setAsked] = createSignal<ReadonlyMap<string, Command>>(new Map());
  /** The newest record shown for each command; the feed may have dropped it since. */
  const seen = new Map<string, Command>();
  /** How often each dispatch was requested: the least requested goes first, so a failing one holds up no other. */
  const tries = new Map<string, number>();
  let hasLeft = false;
  let asking: ReturnType<typeof setTimeout> | undefined;

  function newest(command: Command): Command {
    const { id } = command;
    // At the same rev, the feed's record has the latest progress.
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

/** Long enough for a new command to reach the feed, and to spare a failing coordinator. */
const PAUSE = { firstMs: 500, longestMs: 10_000 };
const AT_ONCE = 3;
