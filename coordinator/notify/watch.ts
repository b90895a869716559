import { idOfText } from '../../shared/ids.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { TimerHandle } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';
import type { Guard } from '../engine/guard.ts';
import type { Ledger } from '../engine/ledger.ts';
import { type AbsencesDeps, createAbsences } from './absences.ts';
import { causeOfItem } from './causes.ts';

/**
 * Looks for causes of notices that no write marks: a host stays away, or an activation waits for a person's confirmation. A host is
 * reported away only after this process had time to hear it, after its start and after each of its own stalls.
 */
export type WatchDeps = AbsencesDeps & {
  guard: Guard;
  ledger: Pick<Ledger, 'commit'>;
  attention: () => AttentionItem[];
};

const LOOK_MS = 5_000;
/** Agents reconnect within this time. */
export const HEARING_MS = 90_000;

export function createWatch(deps: WatchDeps): { close(): void } {
  const { clock, ledger, outbox } = deps;
  const absences = createAbsences(deps);
  const askReceivers = deps.receivers.filter(
    ({ events }) => events.includes('attention') || events.includes('unconfirmed') || events.includes('warn'),
  );
  let asked = new Set<string>();

  let heardFrom = 0;
  const lived = createLivedTime({
    clock,
    stepMs: 2 * LOOK_MS,
    onGap: () => {
      heardFrom = Number.POSITIVE_INFINITY;
    },
  });

  /** Looks for hosts whose activation only a person can confirm, because no write marks the beginning of that. */
  function lookAtAttention(): void {
    const items = deps.attention().filter(({ kind }) => kind === 'unconfirmed');
    const keys = new Set(items.map(keyOf));
    for (const item of items) if (!asked.has(keyOf(item))) ledger.inTurnOf(item.hostId ?? '', () => tellAsked(item));
    asked = keys;
  }

  function tellAsked(item: AttentionItem): void {
    const key = keyOf(item);
    for (const receiver of askReceivers) outbox.put(receiver, causeOfItem(item), idOfText(`${key} ${receiver.name}`));
    // If the write fails, the next look makes the notice again.
    ledger.commit().catch(() => asked.delete(key));
  }

  function look(): void {
    const now = lived.now();
    if (heardFrom === Number.POSITIVE_INFINITY) heardFrom = now;
    if (now - heardFrom >= HEARING_MS) absences.look();
    absences.tidy();
    if (askReceivers.length > 0) lookAtAttention();
  }

  let timer: TimerHandle = clock.setTimeout(again, LOOK_MS);
  function again(): void {
    timer = clock.setTimeout(again, LOOK_MS);
    deps.guard('who is away', look);
  }
  return { close: () => clock.clearTimeout(timer) };
}

const keyOf = ({ kind, commandId, since }: AttentionItem): string => `${kind} ${commandId} ${since}`;
