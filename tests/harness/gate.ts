import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const gate = (dir: string, name: string) => join(dir, `gate-${name}`);

/** Shell code that continues once the gate is open. So a test decides when an op continues, and need not guess how long anything takes. */
export const waitAtGate = (dir: string, name = 'first'): string =>
  `while [ ! -e '${gate(dir, name)}' ]; do sleep 0.1; done`;

export const openGate = (dir: string, name = 'first'): void => writeFileSync(gate(dir, name), '');
