import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What became of a command on its host: how often it was started, the exit code of each run that came to its end, and when the last of
 * them did by the machine's wall clock.
 */
export type Deed = { starts: number; ends: readonly number[]; endedAt: number | null };

/**
 * What commands did on their hosts, in their own words: each writes down that it starts, and with which exit code it ends. It is
 * the truth that the coordinator's records are held against.
 */
export type Deeds = {
  /** As sh: the script, and what writes down its start and its end. */
  recorded(script: string): string;
  of(id: string): Deed;
};

export function openDeeds(dir: string): Deeds {
  const file = join(dir, 'deeds');
  // Its time is that of the end: a host may have no `date`.
  const endOf = (id: string) => join(dir, `end-${id}`);
  return {
    recorded: (script) =>
      [
        `echo "start $SWITCHYARD_COMMAND_ID" >>'${file}'`,
        // The shell's own word that a signal has ended it is none of the script's output.
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
