import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const gate = (dir: string, name: string) => join(dir, `gate-${name}`);

/** As sh: goes on once the gate is open. So a test decides when an op goes on, and need not guess how long anything takes. */
export const waitAtGate = (dir: string, name = 'first'): string =>
  `while [ ! -e '${gate(dir, name)}' ]; do sleep 0.05; done`;

export const openGate = (dir: string, name = 'first'): void => writeFileSync(gate(dir, name), '');
