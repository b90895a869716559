import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { OUTPUT_HEADER_BYTES } from '../../shared/wire/codec.ts';
import { MAX_UNACKED_OUTPUT_BYTES, type OutputChunk } from '../../shared/wire/protocol.ts';
import { createOutputTail, type OutputTail } from '../spool/output-tail.ts';

/** A quarter of the bytes allowed on the wire: several logs can share it, and a frame's overhead is small. */
const CHUNK_BYTES = 256 * 1024;

/** How long to wait after an answered refusal before answering the next one of the same offset. */
const RESEND_MS = 1_000;

type Log = { tail: OutputTail; acked: number; sent: number; resentFrom: number | null; resend: TimerHandle | null };

export type OutputSender = {
  add(id: string, path: string): void;
  remove(id: string): Promise<void>;
  /** Bytes that the coordinator holds. */
  acked(id: string): number;
  ack(id: string, offset: number): void;
  /** A connection begins: everything unacknowledged is sent again from the given offsets on. */
  resume(offsets: ReadonlyMap<string, number>): void;
  /** The connection is gone: nothing is sent until the next `resume`. */
  pause(): void;
  /** There may be new output. */
  poke(): void;
  close(): Promise<void>;
};

/**
 * Sends the output of all commands, each as a byte log (docs/protocol.md section 2, rule 3).
 * O1  Over all commands at most 1 MiB is sent and not acknowledged.
 * O2  `acked` ≤ `sent` for every log; after a gap it is sent again from `acked`. Everything in flight behind the gap is refused
 *    with the same offset, which is not a reason to send again each time; but a repetition may be refused too. The two look alike,
 *    so a repeatedly refused offset is sent from once a second.
 */
export function createOutputSender(deps: {
  /** The bytes lie in `room`, behind OUTPUT_HEADER_BYTES. Both belong to the chunk until it returns, then to the next one. */
  send(chunk: OutputChunk, room: Uint8Array): void;
  clock: Clock;
}): OutputSender {
  const { clock } = deps;
  const room = Buffer.allocUnsafeSlow(OUTPUT_HEADER_BYTES + CHUNK_BYTES);
  const buffer = room.subarray(OUTPUT_HEADER_BYTES);
  const logs = new Map<string, Log>();
  let open = false;
  let pumping: Promise<void> | null = null;
  let again = false;

  const unacked = () => [...logs.values()].reduce((sum, { sent, acked }) => sum + sent - acked, 0);

  /** One chunk of each log in turn, so that a loud command does not silence another. False: nothing could be sent. */
  async function round(): Promise<boolean> {
    let any = false;
    for (const [id, log] of logs) {
      const allowed = Math.min(CHUNK_BYTES, MAX_UNACKED_OUTPUT_BYTES - unacked());
      if (allowed <= 0) return false;
      const offset = log.sent;
      const bytes = await log.tail.read(offset, buffer.subarray(0, allowed));
      // An acknowledgement, a gap or another connection may have moved it meanwhile.
      if (bytes.length === 0 || !open || logs.get(id) !== log || log.sent !== offset) continue;
      log.sent += bytes.length;
      deps.send({ commandId: id, offset, bytes }, room);
      any = true;
    }
    return any;
  }

  async function pump(): Promise<void> {
    do {
      again = false;
      while (open && (await round()));
    } while (again);
    pumping = null;
  }

  const poke = () => {
    again = true;
    if (open) pumping ??= pump();
  };

  /** The coordinator holds everything below `offset` and has refused what came after it. */
  function refused(log: Log, offset: number): void {
    const resend = () => {
      log.resend = null;
      if (!open || log.acked !== offset) return;
      log.resentFrom = offset;
      log.sent = offset;
      poke();
    };
    if (log.resentFrom !== offset) resend();
    else log.resend ??= clock.setTimeout(resend, RESEND_MS);
  }

  return {
    add(id, path) {
      logs.set(id, { tail: createOutputTail(path), acked: 0, sent: 0, resentFrom: null, resend: null });
    },
    async remove(id) {
      const log = logs.get(id);
      logs.delete(id);
      clock.clearTimeout(log?.resend);
      await log?.tail.close();
    },
    acked: (id) => logs.get(id)?.acked ?? 0,
    ack(id, offset) {
      const log = logs.get(id);
      if (!log) return;
      if (offset > log.acked) log.acked = offset;
      else if (offset === log.acked && log.sent > log.acked) refused(log, offset);
      log.sent = Math.max(log.sent, log.acked);
      poke();
    },
    resume(offsets) {
      for (const [id, log] of logs) {
        log.acked = offsets.get(id) ?? log.acked;
        log.sent = log.acked;
        log.resentFrom = null;
      }
      open = true;
      poke();
    },
    pause() {
      open = false;
    },
    poke,
    async close() {
      open = false;
      await pumping;
      for (const { tail, resend } of logs.values()) {
        clock.clearTimeout(resend);
        await tail.close();
      }
    },
  };
}
