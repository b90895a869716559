import type { NotifyMessage } from '../../shared/model/notify.ts';
import { type Clock, sleep } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Store } from '../store/port.ts';
import type { ReceiverState } from '../store/records.ts';
import type { Deliver } from './deliver.ts';
import { messageOf } from './formats/message.ts';
import type { Outbox } from './outbox.ts';
import type { Outcome } from './progress.ts';
import { createSending } from './sending.ts';

/**
 * Delivers to one receiver.
 * C1 One message is under way at a time, in the order of the outbox. A receiver that hangs holds up no other.
 * C2 A message's id and notices are durable before the first try. A later try, even by another process, sends the same message.
 * C3 Delivered notices leave the outbox in the transaction that records the delivery. A crash before it repeats the message under its id.
 * C4 Memory holds at most one message.
 */
export type Courier = {
  /** More notices wait. */
  wake(): void;
  state(): ReceiverState;
  nextTryAt(): number | null;
  /** Delivers this message at once, ahead of the outbox. Keeps only its result. */
  test(message: NotifyMessage): Promise<Outcome>;
  close(): Promise<void>;
};

export type CourierDeps = {
  clock: Clock;
  log: Log;
  store: Pick<Store, 'outbox'>;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit' | 'afterCommit'>;
  receiver: ReceiverConfig;
  stored: ReceiverState | null;
  outbox: Pick<Outbox, 'waiting' | 'left' | 'none'>;
  deliver: Deliver;
  publicUrl: string | null;
  /** The receiver's state has changed. */
  onChange: () => void;
};

/** Bounds the notices of one message, for a program and for people. People see a summary. */
const MOST = { webhook: 500, people: 10_000 };
/** The wait after the store could not be read or written. */
const STORE_AGAIN_MS = 5_000;

export function createCourier(deps: CourierDeps): Courier {
  const { clock, log, ledger, receiver, outbox, deliver, publicUrl } = deps;
  const { name, kind, digestMs } = receiver;
  const most = digestMs === 0 ? 1 : kind === 'webhook' ? MOST.webhook : MOST.people;
  const stop = new AbortController();
  const sending = createSending(deps, most);
  let nextTryAt: number | null = null;
  let more = Promise.withResolvers<void>();

  /** Makes one try and waits after a failure. False if no notices wait. */
  async function tell(): Promise<boolean> {
    const queued = await sending.read();
    const id = sending.state().sending?.id;
    if (!queued || id === undefined) return false;
    const message = messageOf(
      { id, receiver: name, publicUrl },
      queued.map(({ notice }) => notice),
    );
    const outcome = await deliver(message);
    // A stop is not an answer. The next process tries again.
    stop.signal.throwIfAborted();
    const waitMs = await sending.record(outcome, queued);
    if (waitMs === null) return true;
    nextTryAt = clock.now() + waitMs;
    await sleep(clock, waitMs, stop.signal).finally(() => {
      nextTryAt = null;
    });
    return true;
  }

  const isIdle = (): boolean => sending.state().sending === null && outbox.waiting(name) === 0;

  async function run(): Promise<void> {
    let isEmpty = isIdle();
    while (!stop.signal.aborted)
      try {
        if (isEmpty) await more.promise;
        // After a fault before the next answer, notices wait for which no further wake-up comes.
        isEmpty = false;
        // Waits, so that related news goes into the same message.
        if (!sending.state().sending && outbox.waiting(name) < most) await sleep(clock, digestMs, stop.signal);
        more = Promise.withResolvers();
        isEmpty = !(await tell()) || isIdle();
      } catch (err) {
        if (stop.signal.aborted) return;
        log.error({ err, receiver: name }, 'the outbox could not be read or written');
        await sleep(clock, STORE_AGAIN_MS, stop.signal).catch(() => {});
      }
  }

  const running = run();
  return {
    wake: () => more.resolve(),
    state: sending.state,
    nextTryAt: () => nextTryAt,
    async test(message) {
      const outcome = await deliver(message);
      // Keeps the message under way: a test changes only the times that people see.
      const next: Partial<ReceiverState> =
        outcome.kind === 'delivered'
          ? { deliveredAt: clock.now(), failed: null }
          : { failed: { at: clock.now(), message: outcome.message } };
      sending.change(next);
      ledger.afterCommit(deps.onChange);
      return outcome;
    },
    async close() {
      stop.abort();
      more.resolve();
      await running;
    },
  };
}
