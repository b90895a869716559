import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Clock, TimerHandle } from '../time/clock.ts';

/**
 * Where a program's log goes: a file descriptor, usually stdout. A log never stops the work.
 * K1 It never waits, not even at the program's end, and never throws, whatever is behind the descriptor: a full disk, a pipe
 *    whose reader stalls or is gone.
 * K2 A line that can be written is written before `write` returns, so lines logged before a crash survive it.
 * K3 Lines that can't be written wait, in order and up to `KEPT_BYTES`; more are lost. Their number is logged once, as soon as
 *    writing works again. Lines still waiting when the program ends are lost, and nothing can report them. No line is ever cut,
 *    and no two run into one.
 */
export type LogSink = { write(line: string): void };

export type LogSinkDeps = {
  fd: number;
  clock: Clock;
  /** The program's name, as in its other lines. */
  name: string;
};

const KEPT_BYTES = 256 * 1024;
const RETRY_MS = 500;

export function createLogSink({ fd: given, clock, name }: LogSinkDeps): LogSink {
  const fd = withoutWaiting(given);
  let kept: Uint8Array[] = [];
  let bytes = 0;
  let lost = 0;
  let reason = '';
  let isRetrying = false;

  /** The part that could not be written; null if everything was. */
  function put(line: Uint8Array): Uint8Array | null {
    let left = line;
    try {
      while (left.length > 0) left = left.subarray(writeSync(fd, left));
      return null;
    } catch (error) {
      reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return left;
    }
  }

  /** In the format of a pino warning. */
  const lostLine = (): string =>
    JSON.stringify({
      level: 40,
      time: clock.now(),
      name,
      lost,
      reason,
      msg: 'lines of the log are lost: it could not be written',
    });

  function keep(line: Uint8Array): void {
    kept.push(line);
    bytes += line.length;
  }

  /** Whether nothing is left to write. */
  function drain(): boolean {
    while (kept.length > 0) {
      const [first = new Uint8Array()] = kept;
      const left = put(first);
      bytes -= first.length - (left?.length ?? 0);
      if (left) {
        kept[0] = left;
        return false;
      }
      kept = kept.slice(1);
      if (kept.length > 0 || lost === 0) continue;
      keep(Buffer.from(`${lostLine()}\n`));
      lost = 0;
    }
    return true;
  }

  function retry(): void {
    isRetrying = !drain();
    if (isRetrying) tryLater();
  }

  /** An ending program does not wait for its log: it may never be written. */
  function tryLater(): void {
    const timer: TimerHandle & { unref?(): void } = clock.setTimeout(retry, RETRY_MS);
    timer.unref?.();
  }

  return {
    write(line) {
      const data = Buffer.from(line);
      if (kept.length > 0 && bytes + data.length > KEPT_BYTES) lost += 1;
      else keep(data);
      if (drain() || isRetrying) return;
      isRetrying = true;
      tryLater();
    },
  };
}

/** Sockets whose descriptors are in use, held so that nothing closes them. */
const held: Socket[] = [];

/**
 * A descriptor for the same place that never blocks a write. A file's never blocks. For a pipe or terminal Linux opens a second
 * one, so that others who share ours notice nothing. Elsewhere, and for a socket such as journald's, ours is changed: libuv does
 * that to descriptors that it takes over.
 */
function withoutWaiting(fd: number): number {
  try {
    const what = fstatSync(fd);
    if (what.isFile()) return fd;
    if (process.platform === 'linux' && !what.isSocket())
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const socket = new Socket({ fd, readable: false, writable: true });
    socket.unref();
    held.push(socket);
  } catch {
    // If that fails, as for another user's terminal, write to it as it is.
  }
  return fd;
}
