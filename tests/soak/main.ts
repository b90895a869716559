/**
 * `npm run soak -- --minutes N [--seed N] [--hosts N] [--verbose]`: random faults on random ops on several real agents.
 * Prints how commands ended, which faults there were, and whether everything reported is what the hosts did. The seed decides ops
 * and faults, not how the machine schedules them: a failing run may need a few repetitions. Exit status 1: something disagrees,
 * and the folder with all logs is kept.
 */
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSystem } from '../harness/system.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hosts: { type: 'string', default: '3' },
    verbose: { type: 'boolean', default: false },
  },
});
const [minutes, seed, hosts] = [values.minutes, values.seed, values.hosts].map(Number) as [number, number, number];
if (!(minutes > 0 && hosts > 0 && Number.isInteger(seed)))
  throw new Error('--minutes, --seed and --hosts take numbers');

const system = await startSystem();
const say = (line: string) => values.verbose && console.log(`${new Date().toISOString()}  ${line}`);
let trouble: string[] = [];
try {
  const result = await soak(system, { seed, hosts, forMs: minutes * 60_000, say });
  console.log(`${result.commands.total} commands on ${hosts} hosts\n${result.commands.lines().join('\n')}`);
  console.log(`${result.faults.total} faults\n${result.faults.lines().join('\n')}`);
  trouble = result.disagreements;
} catch (error) {
  trouble.push(String(error));
}

if (trouble.length > 0) {
  const kept = mkdtempSync(join(tmpdir(), 'switchyard-soak-'));
  cpSync(system.dir, kept, { recursive: true });
  console.log(`${trouble.length} disagreements; logs and data are in ${kept}\n${trouble.join('\n')}`);
}
await system.close().catch((error) => trouble.push(String(error)));
if (trouble.length === 0) console.log('What was told is what the hosts did.');
else {
  console.log(`Reproduce with: npm run soak -- --minutes ${minutes} --hosts ${hosts} --seed ${seed}`);
  process.exitCode = 1;
}
