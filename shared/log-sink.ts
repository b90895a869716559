import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Clock, TimerHandle } from './clock.ts';

/**
 * Where a program's log goes: a file descriptor, usually stdout. A log never stops the work.
 *
 * K1 Nothing is waited for, at the program's end neither, and nothing thrown, whatever is behind the descriptor: a full disk, a pipe whose reader stalls or is gone.
 * K2 A line that can be written is written before `write` returns: what was logged before a crash is there after it.
 * K3 What can't be written waits, in order and up to `KEPT_BYTES`; lines beyond that are lost. How many is told, once, as soon as
 *    writing works again; what still waits when the program ends is lost, and there is nowhere to tell it. No line is ever cut, or two run into one.
 */
export type LogSink = { write(line: string): void };

export type LogSinkDeps = {
  fd: number;
  clock: Clock;
  /** The program's, as in its other lines. */
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

  /** What could not be written of it; null where all was. */
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

  /** As pino writes a warning. */
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

  /** Whether nothing is left. */
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

  /** A program that has ended does not stay for its log: it may never be written. */
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

/** Sockets whose descriptors are used; they are held so that nothing closes them. */
const held: Socket[] = [];

/**
 * A descriptor for the same place on which a write never waits. A file's never does. Of a pipe or terminal Linux gives another one, so
 * that others who share ours notice nothing; elsewhere, and of a socket such as journald's, ours is changed: libuv does that to what it takes over.
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
    // What can't be had like that, such as another user's terminal, is written to as it is.
  }
  return fd;
}
