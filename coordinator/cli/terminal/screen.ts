import type { Clock, TimerHandle } from '../../../shared/time/clock.ts';
import { withColours } from './style.ts';
import { clip, harmless } from './text.ts';

/**
 * The lowest lines of a terminal, redrawn repeatedly; printed lines scroll up above them and stay.
 * N1 At most one drawing per `FRAME_MS`.
 * N2 Lines never wrap and always fit the screen, so that the drawing can be erased.
 */
export type Screen = {
  /** Asked for its lines when the next frame is due, however often a drawing is requested until then. */
  draw(lines: () => readonly string[]): void;
  /** Erases the drawing so that something may be written; it returns with the next frame. */
  clear(): void;
  /** Leaves nothing drawn. */
  close(): void;
};

export type ScreenDeps = {
  clock: Clock;
  write: (text: string) => void;
  columns: () => number;
  rows: () => number;
};

const FRAME_MS = 100;

export function createScreen({ clock, write, columns, rows }: ScreenDeps): Screen {
  let wanted: (() => readonly string[]) | null = null;
  let drawn: readonly string[] = [];
  let timer: TimerHandle | null = null;
  let framedAt = Number.NEGATIVE_INFINITY;

  function fitting(lines: readonly string[]): string[] {
    const room = Math.max(2, rows() - 1);
    const shown =
      lines.length > room
        ? [...lines.slice(0, room - 2), `… and ${lines.length - room + 1} more`, lines.at(-1) ?? '']
        : lines;
    return shown.map((line) => withColours(harmless(clip(line, Math.max(10, columns() - 1)))));
  }

  const takeAway = (): string =>
    drawn.length === 0 ? '' : `\r${drawn.length > 1 ? `\u001b[${drawn.length - 1}A` : ''}\u001b[J`;

  function frame(): void {
    timer = null;
    const lines = fitting(wanted?.() ?? []);
    if (lines.join('\n') === drawn.join('\n')) return;
    framedAt = clock.monotonic();
    write(`${takeAway()}${lines.join('\n')}`);
    drawn = lines;
  }

  function schedule(): void {
    timer ??= clock.setTimeout(frame, Math.max(0, framedAt + FRAME_MS - clock.monotonic()));
  }

  function clear(): void {
    if (drawn.length > 0) write(takeAway());
    drawn = [];
    if (wanted) schedule();
  }

  return {
    draw(lines) {
      wanted = lines;
      schedule();
    },
    clear,
    close() {
      wanted = null;
      clear();
      clock.clearTimeout(timer);
      timer = null;
    },
  };
}
