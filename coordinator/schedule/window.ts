import { Cron } from 'croner';
import { DAYS, type Day } from '../../shared/model/window.ts';

/** A window's times in CONFIG. `from` and `to` are HH:MM; `from > to` crosses midnight. `days` are the days of the start. */
export type WindowTimes = { days: readonly Day[]; from: string; to: string; timezone: string };

/**
 * A window that opens and closes repeatedly.
 *
 * It is open at each minute whose local time lies in it. So a time skipped by a clock change opens it at the end of the gap, and a
 * repeated hour opens it twice.
 */
export type Schedule = {
  isOpen(at: number): boolean;
  /** The soonest time from `at` when it is open and stays open for at least `ms`; null if never. */
  opensFor(at: number, ms: number): number | null;
  /** When the opening at this time ends; null if it never ends, or the window is closed. */
  closesAt(at: number): number | null;
};

/** Minutes of a local day, from `start` to before `end`. */
type Span = { start: number; end: number };

const DAY = 24 * 60;
/** How many openings a search for a long enough one looks at: years of them, including every clock change. */
const OPENINGS = 800;

export function createSchedule({ days, from, to, timezone }: WindowTimes): Schedule {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  const spansOn = (day: number): Span[] => {
    const startsHere = days.includes(DAYS[day] as Day);
    if (start < end) return startsHere ? [{ start, end }] : [];
    const startedBefore = days.includes(DAYS[(day + 6) % 7] as Day);
    return [...(startedBefore && end > 0 ? [{ start: 0, end }] : []), ...(startsHere ? [{ start, end: DAY }] : [])];
  };
  const patterns = (spansOf: (day: number) => Span[]): Cron[] => {
    const byHours = Map.groupBy(
      DAYS.flatMap((_, day) =>
        spansOf(day)
          .flatMap(hoursOf)
          .map((hours) => ({ day, hours })),
      ),
      ({ hours }) => hours,
    );
    return [...byHours].map(
      ([hours, on]) => new Cron(`${hours} * * ${on.map(({ day }) => DAYS[day]).join(',')}`, { timezone, paused: true }),
    );
  };
  const inside = patterns(spansOn);
  const outside = patterns((day) => rest(spansOn(day)));

  const next = (crons: readonly Cron[], at: number): number =>
    crons.reduce((soonest, cron) => Math.min(soonest, cron.nextRun(new Date(at))?.getTime() ?? NEVER), NEVER);
  let known = { since: NEVER, until: NEVER, isOpen: false };
  function state(at: number): { isOpen: boolean; until: number } {
    if (at >= known.since && at < known.until) return known;
    const isOpen = inside.some((cron) => cron.match(new Date(at)));
    known = { since: at, until: next(isOpen ? outside : inside, at), isOpen };
    return known;
  }

  /** By length: it fits at each time from `first` to `last` and at none between `asked` and `first`. `first` is NEVER if it never fits. */
  const found = new Map<number, { asked: number; first: number; last: number }>();

  return {
    isOpen: (at) => state(at).isOpen,
    opensFor(at, ms) {
      const before = found.get(ms);
      if (before?.first === NEVER) return null;
      if (before && at >= before.asked && at <= before.last) return Math.max(at, before.first);
      for (let seen = 0, from = at; seen < OPENINGS && from < NEVER; seen++) {
        const { isOpen, until } = state(from);
        if (isOpen && until - from >= ms) {
          found.set(ms, { asked: at, first: from, last: until - ms });
          return from;
        }
        from = until;
      }
      found.set(ms, { asked: at, first: NEVER, last: NEVER });
      return null;
    },
    closesAt(at) {
      const { isOpen, until } = state(at);
      return isOpen && until < NEVER ? until : null;
    },
  };
}

const NEVER = Number.MAX_SAFE_INTEGER;

/** Minutes since midnight. 24:00 is the end of the day. */
const minuteOf = (time: string): number => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
};

/** The rest of a day outside these spans, given in order. */
function rest(spans: readonly Span[]): Span[] {
  const edges = [0, ...spans.flatMap(({ start, end }) => [start, end]), DAY];
  const left: Span[] = [];
  for (let index = 0; index < edges.length; index += 2) {
    const [start = 0, end = 0] = edges.slice(index, index + 2);
    if (start < end) left.push({ start, end });
  }
  return left;
}

/**
 * The first three fields of cron patterns for each second of a span: its first hour, its whole hours, its last hour. Each holds a range,
 * because a clock change does not move ranges.
 */
function hoursOf({ start, end }: Span): string[] {
  const [first, last] = [Math.floor(start / 60), Math.floor((end - 1) / 60)];
  const minutes = (from: number, to: number, hours: string) =>
    `* ${from === 0 && to === 59 ? '*' : `${from}-${to}`} ${hours}`;
  if (first === last) return [minutes(start % 60, (end - 1) % 60, `${first}`)];
  const whole = { from: start % 60 === 0 ? first : first + 1, to: end % 60 === 0 ? last : last - 1 };
  return [
    ...(whole.from > first ? [minutes(start % 60, 59, `${first}`)] : []),
    ...(whole.from <= whole.to ? [minutes(0, 59, `${whole.from}-${whole.to}`)] : []),
    ...(whole.to < last ? [minutes(0, (end - 1) % 60, `${last}`)] : []),
  ];
}
