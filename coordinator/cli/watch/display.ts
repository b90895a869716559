import { previewLines } from '../../../shared/looks/preview-words.ts';
import { isActive } from '../../../shared/model/command.ts';
import { age } from '../../../shared/time/spans.ts';
import type { Context } from '../client/context.ts';
import { connectionWords } from '../client/feed.ts';
import { createScreen } from '../terminal/screen.ts';
import { type Row, type RowStyle, restWords, rowLine, rowText } from './row.ts';
import { createTimeoutPrompt } from './timeout-prompt.ts';

/** How a watch is shown: endings are data and stay, the rest is progress. */
export type WatchDisplay = {
  /** The command has a new status, or is seen for the first time. An end comes once none of its output is awaited. */
  changed(row: Row): void;
  /** All watched commands, as they are now. */
  update(rows: readonly Row[]): void;
  /** Whether a person is there to answer a command that asks. */
  canAnswer: boolean;
  close(): void;
};

export type WatchDisplayDeps = {
  context: Context;
  hostWidth: number;
  now: () => number;
  /** How long the connection has been down; null while it is up. */
  lostMs: () => number | null;
};

export const createWatchDisplay = (deps: WatchDisplayDeps): WatchDisplay =>
  deps.context.terminal.err.isTerminal ? onScreen(deps) : asLines(deps);

const styleOf = ({ context, hostWidth, now }: WatchDisplayDeps, sink: 'out' | 'err'): RowStyle => ({
  now: now(),
  times: context.times,
  paint: context.terminal[sink].paint,
  hostWidth,
});

/** The findings of a command that was run to find them. */
const foundBy = ({ command: { evidence } }: Row): string[] =>
  evidence?.preview ? previewLines(evidence.preview).map((line) => `  ${line}`) : [];

const REST_TOLD_MS = 2_000;

/** One line per transition: an end on stdout, everything before on stderr. */
function asLines(deps: WatchDisplayDeps): WatchDisplay {
  const { out, err } = deps.context.terminal;
  const isJson = deps.context.flags.json === true;
  let isLost = false;
  const told = new Set<string>();
  return {
    changed(row) {
      if (isJson) out.json(row.command);
      const sink = isActive(row.command.status) || isJson ? 'err' : 'out';
      (sink === 'err' ? err : out).line(rowLine(row, styleOf(deps, sink)));
      if (sink === 'out') for (const line of foundBy(row)) out.line(line);
    },
    update(rows) {
      for (const { id, host, rest } of rows) {
        // Most of it comes at once: a short wait is not worth a line.
        if (!rest || rest.forMs < REST_TOLD_MS || told.has(id)) continue;
        told.add(id);
        err.line(`${host}: ${restWords(rest)}`);
      }
      const lostMs = deps.lostMs();
      if (isLost === (lostMs !== null)) return;
      isLost = lostMs !== null;
      err.line(connectionWords({ lostAt: lostMs }));
    },
    canAnswer: false,
    close: () => {},
  };
}

/** Endings stay; running commands are drawn below them, and below those the question of a command that asks. */
function onScreen(deps: WatchDisplayDeps): WatchDisplay {
  const { context, lostMs } = deps;
  const { out, err, columns, rows: height } = context.terminal;
  const isJson = context.flags.json === true;
  const screen = createScreen({ clock: context.clock, write: err.raw, columns, rows: height });
  const text = (row: Row) => rowText(row, styleOf(deps, 'err'));
  let shown: readonly Row[] = [];

  const say = (line: string): void => {
    screen.clear();
    err.line(line);
  };
  const prompt = context.keyboard && createTimeoutPrompt({ context, keyboard: context.keyboard, say, text, redraw });

  function lines(): string[] {
    const active = shown.filter(({ command, rest }) => isActive(command.status) || rest !== null);
    const asked = prompt?.asked() ?? null;
    const lost = lostMs();
    return [
      ...active.filter(({ id }) => id !== asked?.id).map(text),
      ...(asked ? [text(asked)] : []),
      ...(lost === null ? [] : [err.paint.tone('unknown', `? no connection for ${age(lost)}; trying again`)]),
      ...(prompt?.line() ?? []),
    ];
  }
  function redraw(): void {
    screen.draw(lines);
  }

  return {
    changed(row) {
      const hasEnded = !isActive(row.command.status);
      if (!isJson && !hasEnded) return;
      screen.clear();
      if (isJson) out.json(row.command);
      else if (!out.isTerminal) out.line(rowLine(row, styleOf(deps, 'out')));
      if (hasEnded) err.line(text(row));
      if (!isJson) for (const line of foundBy(row)) out.line(line);
    },
    update(rows) {
      shown = rows;
      prompt?.update(rows);
      redraw();
    },
    canAnswer: prompt !== null,
    close() {
      prompt?.close();
      screen.close();
    },
  };
}
