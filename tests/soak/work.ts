import type { SubjectOptions } from '../harness/subject.ts';

/** The ops of a soak's hosts: each writes the same text each time, so that the stored output can be compared. */
type Work = { id: string; weight: number; script: string; output: string; completion?: 'restart' };

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');

const LINE = 'x'.repeat(99);

export const WORKS: readonly Work[] = [
  { id: 'quick', weight: 4, script: 'seq 1 100', output: numbers(100) },
  { id: 'fails', weight: 3, script: 'seq 1 50; exit 7', output: numbers(50) },
  {
    id: 'talks',
    weight: 4,
    script: 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.05; done; exit 3',
    output: numbers(40),
  },
  { id: 'loud', weight: 2, script: `yes ${LINE} | head -n 30000`, output: `${LINE}\n`.repeat(30_000) },
  {
    id: 'deaf',
    weight: 2,
    script: "trap '' TERM; echo deaf; i=0; while [ $i -lt 30 ]; do i=$((i+1)); sleep 0.1; done",
    output: 'deaf\n',
  },
  {
    id: 'forks',
    // Once its wrapper was killed, nothing ends its leftovers, and the command goes on as long as they do.
    weight: 2,
    script: "(trap '' TERM; exec sleep 41) & setsid sleep 42 & (sleep 43 & exit 0); echo forked; sleep 1; exit 4",
    output: 'forked\n',
  },
  { id: 'swap', weight: 1, script: 'echo swapped', output: 'swapped\n', completion: 'restart' },
];

export const OPS: SubjectOptions['ops'] = Object.fromEntries(
  WORKS.map(({ id, script, completion }) => [id, completion ? { script, completion } : script]),
);
