/**
 * `npm run fuzz -- [--minutes N] [--seed N]`: sends what a hostile host with a valid token may send to a real coordinator, while
 * an honest host works. Exit status 1 if it did more than end its own connections.
 * `npm run fuzz -- --api [--cases N] [--seed N]`: sends generated requests to every operation of the API, so many as each kind of
 * caller. Exit status 1 if one was answered by a server error, or otherwise than the OpenAPI document says.
 */
import { parseArgs } from 'node:util';
import { startSystem } from '../harness/system.ts';
import { apiFigures, fuzzApi } from './api-fuzz.ts';
import { figuresOf, fuzzHost } from './host-fuzz.ts';
import { startFuzzPerson } from './person.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'boolean', default: false },
    cases: { type: 'string', default: '12000' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [minutes, cases, seed] = [Number(values.minutes), Number(values.cases), Number(values.seed)];
if (!(minutes > 0 && cases > 0 && Number.isInteger(seed)))
  throw new Error('--minutes, --cases and --seed take numbers');
const again = values.api ? `--api --cases ${cases}` : `--minutes ${minutes}`;

async function fuzz(): Promise<void> {
  if (person) {
    const result = await fuzzApi(system, { cases, seed, person });
    console.log(apiFigures(result));
    for (const [role, statuses] of result.byRole)
      console.log(
        `  ${role}: ${[...statuses]
          .sort()
          .map(([status, count]) => `${status} × ${count}`)
          .join(', ')}`,
      );
    return;
  }
  const result = await fuzzHost(system, { forMs: minutes * 60_000, seed });
  console.log(figuresOf(result));
  for (const [kind, count] of result.frames) console.log(`  ${kind}: ${count}`);
}

const person = values.api ? await startFuzzPerson() : null;
const system = await startSystem(person ? { config: person.config } : {});
try {
  await fuzz();
} catch (error) {
  console.log(system.logs());
  console.log(`${error}\nReproduce with: npm run fuzz -- ${again} --seed ${seed}`);
  process.exitCode = 1;
} finally {
  await system.close();
  await person?.close();
}
