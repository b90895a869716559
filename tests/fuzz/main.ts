/**
 * `npm run fuzz -- [--minutes N] [--seed N]`: sends what a hostile host with a valid token may send to a real coordinator, while
 * an honest host works. Exit status 1 if it did more than end its own connections.
 */
import { parseArgs } from 'node:util';
import { startSystem } from '../harness/system.ts';
import { figuresOf, fuzzHost } from './host-fuzz.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0 && Number.isInteger(seed))) throw new Error('--minutes and --seed take numbers');

const system = await startSystem();
try {
  const result = await fuzzHost(system, { forMs: minutes * 60_000, seed });
  console.log(figuresOf(result));
  for (const [kind, count] of result.frames) console.log(`  ${kind}: ${count}`);
} catch (error) {
  console.log(system.logs());
  console.log(`${error}\nReproduce with: npm run fuzz -- --minutes ${minutes} --seed ${seed}`);
  process.exitCode = 1;
} finally {
  await system.close();
}
