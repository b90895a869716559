import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { clearFolder, makeFolder } from '../tests/harness/folder.ts';
import { conditions } from './conditions.ts';
import { resultLines } from './figures.ts';
import { judge, type Measured, type Result } from './result.ts';

/** How cost grows: one line per size. */
export type Table = { title: string; columns: readonly string[]; lines: readonly (readonly (string | number)[])[] };

/** The content of `--json PATH`. */
export type Outcome = { program: string; conditions: string; results: readonly Result[]; tables: readonly Table[] };

/** A program's tools while it measures. */
export type Bench = {
  /** A temporary folder of its own. */
  dir: string;
  /** The program's own options. */
  options: Readonly<Record<string, string>>;
  /** A line of progress. */
  say(line: string): void;
  /** Runs at the end, however it comes about; the last one first. */
  onEnd(close: () => void | Promise<void>): void;
};

/**
 * Runs one program: `node bench/NAME.ts [--json PATH]`. Exits 1 if it fails; a missed budget is not a failure. `defaults`: the
 * program's own options.
 */
export async function runProgram(
  program: string,
  measure: (bench: Bench) => Promise<{ measured: readonly Measured[]; tables?: readonly Table[] }>,
  defaults: Readonly<Record<string, string>> = {},
): Promise<void> {
  const own = Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }] as const);
  const { values } = parseArgs({ options: { json: { type: 'string' }, ...Object.fromEntries(own) } });
  const { json, ...options } = values as Record<string, string>;
  const dir = makeFolder(`switchyard-bench-${program}-`);
  const closings: (() => void | Promise<void>)[] = [async () => void (await clearFolder(dir))];
  const end = async () => {
    for (let close = closings.pop(); close; close = closings.pop()) await close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void end().finally(() => process.exit(1)));
  const made = conditions();
  console.log(made);
  try {
    const bench: Bench = {
      dir,
      options,
      say: (line) => console.log(line),
      onEnd: (close) => void closings.push(close),
    };
    const { measured, tables = [] } = await measure(bench);
    const results = measured.map(judge);
    for (const result of results) console.log(resultLines(result).join('\n'));
    for (const table of tables) console.log(tableLines(table).join('\n'));
    const outcome: Outcome = { program, conditions: made, results, tables };
    if (json) await writeFile(json, `${JSON.stringify(outcome, null, 2)}\n`);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await end();
  }
}

/** As Markdown, which reads well on a terminal too. */
export function tableLines({ title, columns, lines }: Table): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [`${title}`, '', line(columns), line(columns.map(() => '---')), ...lines.map(line)];
}
