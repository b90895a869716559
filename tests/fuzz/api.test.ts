import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSystem } from '../harness/system.ts';
import { apiFigures, fuzzApi } from './api-fuzz.ts';
import { startFuzzPerson } from './person.ts';

const person = await startFuzzPerson();
test.after(person.close);

test(
  'no request by any caller ends in a server error, and each answer is as the OpenAPI document says',
  withSystem(
    async (system) => {
      const result = await fuzzApi(system, { cases: 100, seed: 1, person });
      console.log(`# ${apiFigures(result)}`);
      assert.ok(result.opened > 0, 'a finished sign-in is among the cases');
    },
    { config: person.config },
  ),
);

test.run();
