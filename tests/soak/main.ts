/**
 * `npm run soak -- --guarded [--switches N] [--seed N] [--hosts N] [--verbose]`: guarded switches at random faults, until N are through.
 * `npm run soak -- --coordinators [--minutes N] …`: the same with three coordinators and one PostgreSQL, and with faults of these too.
 * `npm run soak -- --rollouts [--kills N] [--seed N] [--hosts N] [--simulated N] [--verbose]`: rollouts over real and simulated hosts while
 * the coordinator is killed -9, N times, each at a kill point of the rollout.
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
import { coordinatorFaults, type Takeovers, takeoverLines } from './coordinator-faults.ts';
import { soakGuarded } from './guarded.ts';
import { soakRollouts } from './rollouts.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hosts: { type: 'string', default: '3' },
    rollouts: { type: 'boolean', default: false },
    kills: { type: 'string', default: '200' },
    simulated: { type: 'string', default: '2000' },
    guarded: { type: 'boolean', default: false },
    coordinators: { type: 'boolean', default: false },
    switches: { type: 'string', default: '200' },
    verbose: { type: 'boolean', default: false },
  },
});
const [minutes = 0, seed = 0, hosts = 0, switches = 0, kills = 0, simulated = 0] = [
  values.minutes,
  values.seed,
  values.hosts,
  values.switches,
  values.kills,
  values.simulated,
].map(Number);
if (!(minutes > 0 && hosts > 0 && switches > 0 && kills > 0 && simulated > 0 && Number.isInteger(seed)))
  throw new Error('--minutes, --seed, --hosts, --switches, --kills and --simulated take numbers');
const extent = values.guarded
  ? `--guarded --switches ${switches}`
  : values.rollouts
    ? `--rollouts --kills ${kills} --simulated ${simulated}`
    : `${values.coordinators ? '--coordinators ' : ''}--minutes ${minutes}`;

const system = await startSystem(values.coordinators ? { coordinators: 3 } : {});
const takeovers: Takeovers = [];
const say = (line: string) => values.verbose && console.log(`${new Date().toISOString()}  ${line}`);
let trouble: string[] = [];

async function run(): Promise<void> {
  if (values.rollouts) {
    const result = await soakRollouts(system, { seed, hosts, simulated, kills, say });
    console.log(`${result.kills} kills; a coordinator took at most ${result.mostMemory} MiB`);
    console.log(`killed\n${result.points.lines().join('\n')}`);
    console.log(`${result.rollouts.total} rollouts\n${result.rollouts.lines().join('\n')}`);
    trouble = result.disagreements;
    return;
  }
  if (values.guarded) {
    const { passed, commands, faults, disagreements } = await soakGuarded(system, { seed, hosts, switches, say });
    console.log(`faults\n${faults.lines().join('\n')}\nends by fault\n${commands.lines().join('\n')}`);
    console.log(`${passed} passed, ${switches - passed} failed`);
    trouble = disagreements;
    return;
  }
  const result = await soak(system, {
    seed,
    hosts,
    forMs: minutes * 60_000,
    say,
    ...(values.coordinators && { faults: coordinatorFaults(takeovers) }),
  });
  console.log(
    `${result.commands.total} commands on ${hosts} hosts, ${result.outputBytes} bytes of output\n${result.commands.lines().join('\n')}`,
  );
  console.log(`${result.faults.total} faults\n${result.faults.lines().join('\n')}`);
  if (takeovers.length > 0) console.log(`${takeovers.length} takeovers\n${takeoverLines(takeovers).join('\n')}`);
  trouble = result.disagreements;
}

try {
  await run();
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
  console.log(`Reproduce with: npm run soak -- ${extent} --hosts ${hosts} --seed ${seed}`);
  process.exitCode = 1;
}
