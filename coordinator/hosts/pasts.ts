import type { Command } from '../../shared/model/command.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import { NO_PAST, type Past, REMEMBERED_OPS, remember } from './compartments-past.ts';

/** The past of each host: what its ended commands say of its compartments. It is read once. */
export type Pasts = {
  /** Throws if it was not read. */
  of(hostId: string): Past;
  has(hostId: string): boolean;
  /** Reads the missing ones. */
  prepare(hostIds: Iterable<string>): Read<void>;
  /** A new host has none. */
  begin(hostId: string): void;
  ended(command: Command): void;
  forget(hostId: string): void;
};

export type PastsDeps = {
  store: Pick<Store, 'commands'>;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
};

/** Hosts whose past is read in one turn of the event loop: 20 ms in SQLite. */
const READ_AT_ONCE = 1_000;

export function createPasts({ store, defer }: PastsDeps): Pasts {
  const pasts = new Map<string, Past>();
  /** For each host whose past is being read, the commands that ended meanwhile. */
  const reading = new Map<string, { ended: Command[]; done: Read<void> }>();

  const of = (hostId: string): Past => {
    const past = pasts.get(hostId);
    if (!past) throw new Error(`the past of host ${hostId} was not asked for before`);
    return past;
  };

  function readPast(hostId: string): Read<void> {
    const known = reading.get(hostId);
    if (known) return known.done;
    const ended: Command[] = [];
    const read = whenRead(store.commands.lastEnded(hostId, REMEMBERED_OPS), (records) => {
      const commands = [...records.map(({ command }) => command), ...ended];
      pasts.set(hostId, commands.reduce(remember, NO_PAST));
    });
    if (!(read instanceof Promise)) return read;
    const done = read.finally(() => reading.delete(hostId));
    reading.set(hostId, { ended, done });
    return done;
  }

  function readPasts(hostIds: readonly string[]): Read<void> {
    const reads = hostIds.filter((id) => !pasts.has(id)).map(readPast);
    const awaited = reads.filter((read) => read instanceof Promise);
    return awaited.length > 0 ? Promise.all(awaited).then(() => {}) : undefined;
  }

  /** Hosts are heard in between: a fleet's pasts take seconds. */
  async function readInSlices(hostIds: readonly string[]): Promise<void> {
    for (let at = 0; at < hostIds.length; at += READ_AT_ONCE) {
      await readPasts(hostIds.slice(at, at + READ_AT_ONCE));
      await new Promise<void>(defer);
    }
  }

  return {
    of,
    has: (hostId) => pasts.has(hostId),
    prepare(hostIds) {
      const missing = [...hostIds].filter((id) => !pasts.has(id));
      return missing.length > READ_AT_ONCE ? readInSlices(missing) : readPasts(missing);
    },
    begin: (hostId) => void pasts.set(hostId, NO_PAST),
    ended(command) {
      reading.get(command.hostId)?.ended.push(command);
      const past = pasts.get(command.hostId);
      if (past) pasts.set(command.hostId, remember(past, command));
    },
    forget: (hostId) => void pasts.delete(hostId),
  };
}
