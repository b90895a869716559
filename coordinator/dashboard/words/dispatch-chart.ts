import { commandLook, type Tone } from '../../../shared/looks/looks.ts';
import { type Command, isActive } from '../../../shared/model/command.ts';

/** Units of the drawing: its width, and the height of one host. */
export const CHART_WIDTH = 1_000;
const FEW = { hosts: 60, px: 6 };
const MANY_PX = 2;
/** Least width: a command that ended at once is still visible. */
const LEAST = 3;

export const chartHeight = (count: number): number => Math.max(1, count) * pxOf(count);
const pxOf = (count: number): number => (count <= FEW.hosts ? FEW.px : MANY_PX);

export type Chart = {
  from: number;
  until: number;
  /** One path per tone: a bar for each command, from when its host had it until it ended. */
  paths: Partial<Record<Tone, string>>;
};

/**
 * Commands over time, the earliest at the top. Null before any host had one. `now`: the coordinator's clock, where the bars of
 * active commands end.
 */
export function chartOf(commands: readonly Command[], now: number): Chart | null {
  const ran = commands
    .flatMap((command) => (command.acceptedAt === null ? [] : [{ command, at: command.acceptedAt }]))
    .sort((one, other) => one.at - other.at);
  const [first] = ran;
  if (!first) return null;
  const from = first.at;
  const endOf = ({ finishedAt, status }: Command) => (isActive(status) ? now : (finishedAt ?? now));
  const until = Math.max(from + 1_000, ...ran.map(({ command }) => endOf(command)));
  const x = (at: number) => ((at - from) / (until - from)) * CHART_WIDTH;
  const height = pxOf(ran.length);
  const paths: Partial<Record<Tone, string>> = {};
  for (const [row, { command, at }] of ran.entries()) {
    const width = Math.max(LEAST, x(endOf(command)) - x(at));
    const left = Math.min(x(at), CHART_WIDTH - width);
    const { tone } = commandLook(command);
    paths[tone] =
      `${paths[tone] ?? ''}M${left.toFixed(1)} ${row * height}h${width.toFixed(1)}v${height - 1}h-${width.toFixed(1)}z`;
  }
  return { from, until, paths };
}
