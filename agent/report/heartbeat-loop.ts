import type { Metrics, Report } from '../../shared/model/report.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';

/**
 * The one loop that sends heartbeats.
 * H1  One beat is made at a time, so `seq` rises in the order of the samples.
 * H2  A beat requested while another is made follows it, from a new sample: the one under way may predate the news. However many
 *    requests come, one beat follows: a slow sample does not queue up beats.
 */
export type HeartbeatLoop = {
  /** Sends a heartbeat from a sample that is taken after this call, now or directly after the one under way. */
  beat(): void;
  close(): void;
};

export function startHeartbeatLoop(deps: {
  intervalMs: number;
  clock: Clock;
  report(): Promise<Report>;
  metrics(): Promise<Metrics>;
  /** Without a connection nothing is sampled. */
  isConnected(): boolean;
  /** False: the frame was dropped. */
  send(frame: AgentFrame): boolean;
  log: Log;
}): HeartbeatLoop {
  const { clock, intervalMs } = deps;
  let seq = 0;
  let beating = false;
  let again = false;
  let closed = false;
  let timer: TimerHandle | null = clock.setTimeout(tick, intervalMs);

  function tick(): void {
    timer = clock.setTimeout(tick, intervalMs);
    beat();
  }

  function beat(): void {
    if (beating) {
      again = true;
      return;
    }
    if (closed || !deps.isConnected()) return;
    beating = true;
    sendOne()
      .catch((error: unknown) => deps.log.error({ err: error }, 'no heartbeat could be made'))
      .finally(() => {
        beating = false;
        if (!again) return;
        again = false;
        beat();
      });
  }

  async function sendOne(): Promise<void> {
    const report = await deps.report();
    const metrics = await deps.metrics();
    if (deps.send({ type: 'heartbeat', payload: { seq: seq + 1, report, metrics } })) seq += 1;
  }

  return {
    beat,
    close() {
      closed = true;
      clock.clearTimeout(timer);
    },
  };
}
