import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Windows } from './windows.ts';

export type WindowBell = { close(): void };

export type WindowBellDeps = {
  clock: Clock;
  windows: Pick<Windows, 'view'>;
  /** A closed window has opened. */
  onOpen: () => void;
};

/** Windows are looked at this often, because timers stop while a machine sleeps, and the wall clock may be set. */
const LOOK_MS = 60_000;

export function createWindowBell({ clock, windows, onOpen }: WindowBellDeps): WindowBell {
  const openOnes = () => windows.view(clock.now()).flatMap(({ name, open }) => (open ? name : []));
  let known = new Set(openOnes());
  let timer: TimerHandle | null = null;

  function arm(): void {
    const now = clock.now();
    const edges = windows.view(now).map(({ until }) => (until ?? now + LOOK_MS) - now);
    if (edges.length > 0) timer = clock.setTimeout(ring, Math.max(1, Math.min(LOOK_MS, ...edges)));
  }

  function ring(): void {
    const open = openOnes();
    const isNew = open.some((name) => !known.has(name));
    known = new Set(open);
    if (isNew) onOpen();
    arm();
  }

  arm();
  return { close: () => clock.clearTimeout(timer) };
}
