import { newId } from '../../shared/ids.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Store } from '../store/port.ts';
import type { QueuedNotice, ReceiverState } from '../store/records.ts';
import { GIVEN_UP } from './causes.ts';
import type { Outbox } from './outbox.ts';
import { afterTry, newReceiver, type Outcome } from './progress.ts';

/** The message under way to one receiver, and the receiver's stored state (courier.ts, C2 and C3). */
export type Sending = {
  state(): ReceiverState;
  /** Changes the state in the present turn. A failed turn takes the change back. */
  change(part: Partial<ReceiverState>): void;
  /** Reads the notices of the message under way, or of the next one; null if none wait. */
  read(): Promise<readonly QueuedNotice[] | null>;
  /** Records what came of a try. How long to wait before the next one; null if the message is gone. */
  record(outcome: Outcome, queued: readonly QueuedNotice[]): Promise<number | null>;
};

export type SendingDeps = {
  clock: Pick<Clock, 'now'>;
  store: Pick<Store, 'outbox'>;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  receiver: Pick<ReceiverConfig, 'name' | 'kind'>;
  stored: ReceiverState | null;
  outbox: Pick<Outbox, 'left' | 'none'>;
  /** The receiver's state has changed. */
  onChange: () => void;
};

/** `most`: notices of one message. */
export function createSending(deps: SendingDeps, most: number): Sending {
  const { clock, store, ledger, outbox } = deps;
  const { name, kind } = deps.receiver;
  let state = deps.stored ?? newReceiver(name);

  /** Changes the state in the present turn. A failed turn takes the change back. */
  function change(part: Partial<ReceiverState>): void {
    const before = state;
    state = { ...state, ...part };
    ledger.also({ type: 'receiver', state }, () => {
      state = before;
    });
  }

  /** Reads the notices of the message under way, or of the next one; null if none wait. */
  async function read(): Promise<readonly QueuedNotice[] | null> {
    const notices = await store.outbox.next(name, state.sending?.count ?? most);
    const last = notices.at(-1);
    if (!last) {
      outbox.none(name);
      if (state.sending) change({ sending: null });
      return null;
    }
    if (!state.sending) {
      change({ sending: { id: newId(), upTo: last.seq, count: notices.length, tries: 0 } });
      await ledger.commit();
    }
    return notices;
  }

  async function record(outcome: Outcome, queued: readonly QueuedNotice[]): Promise<number | null> {
    const { sending } = state;
    if (!sending) return null;
    const now = clock.now();
    const newestAt = Math.max(...queued.map(({ notice: { at } }) => at));
    const step = afterTry(state, outcome, now, newestAt);
    change(step.state);
    if (step.isGone) ledger.also({ type: 'notices_gone', receiver: name, upTo: sending.upTo });
    if (step.isNewlyBroken && outcome.kind === 'failed')
      ledger.event({
        at: now,
        level: 'error',
        category: 'system',
        actor: 'system',
        code: GIVEN_UP,
        message: `${name} (${kind}) was not told ${sending.count === 1 ? 'a notice' : `${sending.count} notices`}: ${outcome.message}`,
        next: `mend it, then: switchyard notify test ${name}`,
      });
    await ledger.commit();
    if (step.isGone) outbox.left(name, queued.length, bytesOf(queued));
    deps.onChange();
    return step.waitMs;
  }

  return { state: () => state, change, read, record };
}

const bytesOf = (queued: readonly QueuedNotice[]): number =>
  queued.reduce((sum, { notice }) => sum + Buffer.byteLength(JSON.stringify(notice)), 0);
