import { type Clock, sleep } from '../shared/time/clock.ts';
import type { Log } from './config/log.ts';
import type { OutputLog } from './output/log.ts';
import type { Store } from './store/port.ts';
import type { Read } from './store/read.ts';
import { KEPT_ANSWER_MS } from './store/records.ts';

/**
 * Deletes what has passed its time (docs/protocol.md section 1, [retention]).
 * T1 Only commands that have ended, and on which no host still owes a word.
 * T2 Output goes before its command: the next round finds and finishes what a crash left half done.
 * T3 No command that a kept rollout may stand on: its hosts' standing is computed from them, and a step must not run twice.
 * T4 Little at a time, with a pause after each batch, so that active commands never wait for it.
 */
export type RetentionDeps = {
  clock: Clock;
  log: Log;
  store: Pick<Store, 'retention'>;
  outputs: Pick<OutputLog, 'remove' | 'sweep'>;
  commandDays: number;
  eventDays: number;
  auditDays: number;
};

const DAY_MS = 24 * 3_600_000;
const ROUND_MS = 3_600_000;
const BATCH = 100;
const PAUSE_MS = 20;

/** Goes over everything at once, and then every hour, until closed. */
export function createRetention(deps: RetentionDeps): { close(): Promise<void> } {
  const { clock, log, store, outputs } = deps;
  const { retention } = store;
  const stop = new AbortController();

  async function deleteCommands(before: number): Promise<number> {
    const ids = await retention.expiredCommands(before, BATCH);
    for (const id of ids) await outputs.remove(id);
    if (ids.length > 0) await retention.deleteCommands(ids);
    return ids.length;
  }

  /** Batch by batch, until one is not full. */
  async function drain(deleteBatch: () => Read<number>): Promise<void> {
    while (!stop.signal.aborted && (await deleteBatch()) === BATCH) await sleep(clock, PAUSE_MS, stop.signal);
  }

  async function round(): Promise<void> {
    const commandsBefore = clock.now() - deps.commandDays * DAY_MS;
    // Before their commands.
    await drain(() => retention.deleteRollouts(commandsBefore, BATCH));
    const endedBefore = Math.min(commandsBefore, (await retention.oldestRollout()) ?? Number.POSITIVE_INFINITY);
    await drain(() => deleteCommands(endedBefore));
    if (!stop.signal.aborted) await outputs.sweep(endedBefore);
    await drain(() => retention.deleteDispatches(commandsBefore, BATCH));
    await drain(() => retention.deleteEvents('system', clock.now() - deps.eventDays * DAY_MS, BATCH));
    await drain(() => retention.deleteEvents('audit', clock.now() - deps.auditDays * DAY_MS, BATCH));
    await drain(() => retention.deleteAnswers(clock.now() - KEPT_ANSWER_MS, BATCH));
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await round();
        await sleep(clock, ROUND_MS, stop.signal);
      } catch (err) {
        if (stop.signal.aborted) return;
        log.warn({ err }, 'old records could not be deleted; retrying in an hour');
        await sleep(clock, ROUND_MS, stop.signal).catch(() => {});
      }
    }
  }

  const running = run();
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
