import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a command did on its host: how often it started, the exit code of each run that came to its end, and when the last of them
 * did by the machine's wall clock.
 */
export type Deed = { starts: number; ends: readonly number[]; endedAt: number | null };

/**
 * What commands did on their hosts, in their own words: each writes down that it starts, and with which exit code it ends. The
 * coordinator's records are compared with this truth.
 */
export type Deeds = {
  /** Shell code: the script, and what writes down its start and its end. */
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
