import { test } from 'uvu';
import { withSystem } from '../harness/system.ts';
import { apiFigures, fuzzApi } from './api-fuzz.ts';

test(
  'whatever is asked, by whomever, no answer is a server error, and each is as the OpenAPI document says',
  withSystem(async (system) => {
    console.log(`# ${apiFigures(await fuzzApi(system, { cases: 100, seed: 1 }))}`);
  }),
);

test.run();
