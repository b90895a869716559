import { MAX_UNACKED_OUTPUT_BYTES, type OutputChunk } from '../shared/protocol.ts';
import { createOutputTail, type OutputTail } from './output-tail.ts';

/** Small enough that a heartbeat never waits long behind one. */
const CHUNK_BYTES = 64 * 1024;

type Log = { tail: OutputTail; acked: number; sent: number; resentFrom: number | null };

export type OutputSender = {
  add(id: string, path: string): void;
  remove(id: string): Promise<void>;
  /** Bytes that the coordinator holds. */
  acked(id: string): number;
  ack(id: string, offset: number): void;
  /** A connection begins: everything not acknowledged is sent again from the given offsets on. */
  resume(offsets: ReadonlyMap<string, number>): void;
  /** The connection is gone: nothing is sent until the next `resume`. */
  pause(): void;
  /** There may be new output. */
  poke(): void;
  close(): Promise<void>;
};

/**
 * Sends the output of all commands as a byte log each (PROTOCOL.md section 2, rule 3).
 *
 * O1  Over all commands at most 1 MiB is sent and not acknowledged.
 * O2  `acked` ≤ `sent` for every log; after a gap it is sent again from `acked`, once for each offset held.
 */
export function createOutputSender(deps: { send(chunk: OutputChunk): void }): OutputSender {
  const logs = new Map<string, Log>();
  let open = false;
  let pumping: Promise<void> | null = null;
  let again = false;

  const unacked = () => [...logs.values()].reduce((sum, { sent, acked }) => sum + sent - acked, 0);

  /** One chunk of each log in turn, so that a loud command does not silence another. False: nothing could be sent. */
  async function round(): Promise<boolean> {
    let any = false;
    for (const [id, log] of logs) {
      const room = Math.min(CHUNK_BYTES, MAX_UNACKED_OUTPUT_BYTES - unacked());
      if (room <= 0) return false;
      const offset = log.sent;
      const bytes = await log.tail.read(offset, room);
      // Meanwhile an acknowledgement, a gap or another connection may have moved it.
      if (bytes.length === 0 || !open || logs.get(id) !== log || log.sent !== offset) continue;
      log.sent += bytes.length;
      deps.send({ commandId: id, offset, bytes });
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

  return {
    add(id, path) {
      logs.set(id, { tail: createOutputTail(path), acked: 0, sent: 0, resentFrom: null });
    },
    async remove(id) {
      const log = logs.get(id);
      logs.delete(id);
      await log?.tail.close();
    },
    acked: (id) => logs.get(id)?.acked ?? 0,
    ack(id, offset) {
      const log = logs.get(id);
      if (!log) return;
      if (offset > log.acked) log.acked = offset;
      else if (offset === log.acked && log.sent > log.acked && log.resentFrom !== offset) {
        log.resentFrom = offset;
        log.sent = offset;
      }
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
      for (const { tail } of logs.values()) await tail.close();
    },
  };
}
