import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Read } from '../store/read.ts';
import type { ReceiverState } from '../store/records.ts';
import { newReceiver, type Outcome } from './progress.ts';

/** Pings an outside watch every minute while this coordinator can write. One that cannot is as good as dead. */
export type Pinger = {
  state(): ReceiverState;
  /** Pings at once, out of turn. */
  ping(): Promise<Outcome>;
  close(): void;
};

export type PingerDeps = {
  clock: Clock;
  receiver: Pick<ReceiverConfig, 'name'>;
  /** Fails if the store accepts no write. */
  probe: () => Read<void>;
  send: () => Promise<Outcome>;
  /** The watch's state has changed. */
  onChange: () => void;
};

export const PING_MS = 60_000;

export function createPinger({ clock, receiver, probe, send, onChange }: PingerDeps): Pinger {
  let state = newReceiver(receiver.name);
  let isClosed = false;
  let timer: TimerHandle | null = null;

  async function ping(): Promise<Outcome> {
    let outcome: Outcome;
    try {
      await probe();
      outcome = await send();
    } catch {
      outcome = { kind: 'failed', message: 'the store accepts no writes', final: false, retryAfterMs: null };
    }
    const at = clock.now();
    const wasFailing = state.failed !== null;
    state =
      outcome.kind === 'delivered'
        ? { ...state, deliveredAt: at, failed: null }
        : { ...state, failed: { at, message: outcome.message } };
    if (wasFailing !== (state.failed !== null)) onChange();
    return outcome;
  }

  function again(): void {
    if (isClosed) return;
    timer = clock.setTimeout(again, PING_MS);
    void ping();
  }
  again();

  return {
    state: () => state,
    ping,
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}
