import { test } from 'uvu';
import { withSystem } from '../harness/system.ts';
import { apiFigures, fuzzApi } from './api-fuzz.ts';
import { startFuzzPerson } from './person.ts';

const person = await startFuzzPerson();
test.after(person.close);

test(
  'no request by any caller ends in a server error, and each answer is as the OpenAPI document says',
  withSystem(
    async (system) => {
      console.log(`# ${apiFigures(await fuzzApi(system, { cases: 100, seed: 1, person }))}`);
    },
    { config: person.config },
  ),
);

test.run();
