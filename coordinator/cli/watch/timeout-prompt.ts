import { asksPerson, type Command } from '../../../shared/model/command.ts';
import type { TimeoutAnswer } from '../../../shared/model/timeout-answer.ts';
import type { Context } from '../client/context.ts';
import { Failure } from '../grammar/failure.ts';
import type { Keyboard } from '../terminal/keyboard.ts';
import { answeredFirst } from './answered-first.ts';
import { showLastLines } from './last-lines.ts';
import type { Row } from './row.ts';

/**
 * Asks about commands that take too long, one after the other.
 * P1 Nothing is sent that was not typed; a harmful answer is confirmed.
 * P2 The first answer wins, whoever gave it: a question answered elsewhere disappears, with a line that says whose answer it was.
 */
export type TimeoutPrompt = {
  update(rows: readonly Row[]): void;
  /** The command that is asked about. */
  asked(): Row | null;
  /** The question, as the last lines of the screen. */
  line(): string[];
  close(): void;
};

export type TimeoutPromptDeps = {
  context: Context;
  keyboard: Keyboard;
  /** Prints a line that stays. */
  say: (line: string) => void;
  text: (row: Row) => string;
  redraw: () => void;
};

const MENU = '[w]ait 5m [k]ill [s]top tracking [l]ogs?';
const WAIT_MIN = 5;

export function createTimeoutPrompt({ context, keyboard, say, text, redraw }: TimeoutPromptDeps): TimeoutPrompt {
  const { client } = context;
  let waiting: readonly Row[] = [];
  let confirming: { id: string; question: string; action: TimeoutAnswer } | null = null;
  let answering: string | null = null;
  /** Our answer to the open question; it goes when the question does. */
  const ours = new Set<string>();

  /** Our answer was accepted, but the feed has not shown it yet. */
  const open = (): Row[] => waiting.filter(({ id }) => !ours.has(id));
  const asked = (): Row | null => open()[0] ?? null;
  const question = (): string => {
    if (confirming) return `${confirming.question} [y/N]`;
    const row = asked();
    return row && open().length > 1 ? `${row.host} (1 of ${open().length}): ${MENU}` : MENU;
  };

  async function answer(row: Row, action: TimeoutAnswer): Promise<void> {
    answering = row.id;
    try {
      const { body } = await client.json<Command>(`/api/commands/${row.id}/timeout-action`, {
        method: 'POST',
        body: action,
      });
      if (waiting.some(({ id }) => id === row.id)) ours.add(row.id);
      if (action.action === 'wait') say(`  ${row.host} waits, and asks again ${asksAgain(body, context)}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      say(`  ${row.host}: ${(await answeredFirst(client, row.id)) ?? error.message}`);
    } finally {
      answering = null;
      redraw();
    }
  }

  async function tellLeft(row: Row): Promise<void> {
    const words = await answeredFirst(client, row.id);
    if (words !== null) say(`  ${row.host}: ${words}`);
    redraw();
  }

  function choose(row: Row, key: string): void {
    const { op, pid } = row.command;
    if (!'wksl'.includes(key)) return;
    say(text(row));
    say(`${question()} ${key}`);
    if (key === 'w') void answer(row, { action: 'wait', minutes: WAIT_MIN });
    if (key === 'l') void showLastLines(client, row.command, (line) => say(`  ${line}`));
    if (key === 'k')
      confirming = {
        id: row.id,
        question: `Kill ${op} on ${row.host}${pid === null ? '' : ` (pid ${pid})`}?`,
        action: { action: 'kill' },
      };
    if (key === 's')
      confirming = {
        id: row.id,
        question: `Stop tracking ${op} on ${row.host}? It goes on, the host stays busy, and it is recorded as TIMEOUT`,
        action: { action: 'ignore' },
      };
  }

  const stop = keyboard.listen((typed) => {
    const row = asked();
    const key = typed.toLowerCase();
    if (!row || answering === row.id) return;
    if (confirming) {
      const { action } = confirming;
      const isYes = key === 'y';
      say(`${question()} ${isYes ? 'y' : 'n'}`);
      confirming = null;
      if (isYes) void answer(row, action);
    } else choose(row, key);
    redraw();
  });

  return {
    update(rows) {
      const before = waiting;
      waiting = rows.filter(({ command }) => asksPerson(command));
      const ids = new Set(waiting.map(({ id }) => id));
      for (const row of before) {
        if (ids.has(row.id) || answering === row.id) continue;
        if (!ours.delete(row.id)) void tellLeft(row);
      }
      if (confirming && confirming.id !== asked()?.id) {
        say(`${question()} – no longer asked`);
        confirming = null;
      }
    },
    asked,
    line: () => (open().length > 0 && answering === null ? [`${question()} `] : []),
    close: stop,
  };
}

function asksAgain({ timeoutAt, notAfter, status }: Command, { times, clock }: Context): string {
  const at = status === 'PENDING' ? notAfter : timeoutAt;
  return at === null ? 'later' : `at ${times.clock(at, clock.now())}`;
}
