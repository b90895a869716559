import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A command's deeds on its host: how often it started, the exit code of each run that ended, and when the last of them ended by the
 * machine's wall clock.
 */
export type Deed = { starts: number; ends: readonly number[]; endedAt: number | null };

/**
 * Commands' own notes of what they did on their hosts: each writes down its start, and its exit code at its end. The
 * coordinator's records are compared with this truth.
 */
export type Deeds = {
  /** Shell code: the script, which also writes down its start and its end. */
  recorded(script: string): string;
  of(id: string): Deed;
};

export function openDeeds(dir: string): Deeds {
  const file = join(dir, 'deeds');
  // Dated by the file: a host may have no `date`.
  const endOf = (id: string) => join(dir, `end-${id}`);
  return {
    recorded: (script) =>
      [
        `echo "start $SWITCHYARD_COMMAND_ID" >>'${file}'`,
        // The shell's own message that a signal ended it is not the script's output.
        'exec 3>&2 2>/dev/null',
        `(\n${script}\n) 2>&3 3>&-`,
        'code=$?',
        `true >'${endOf('')}'"$SWITCHYARD_COMMAND_ID"`,
        `echo "end $SWITCHYARD_COMMAND_ID $code" >>'${file}'`,
        'exit $code',
      ].join('\n'),
    of(id) {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      const own = lines.map((line) => line.split(' ')).filter(([, command]) => command === id);
      return {
        starts: own.filter(([word]) => word === 'start').length,
        ends: own.filter(([word]) => word === 'end').map(([, , code]) => Number(code)),
        endedAt: statSync(endOf(id), { throwIfNoEntry: false })?.mtimeMs ?? null,
      };
    },
  };
}
