import { test } from 'uvu';
import { withSystem } from '../harness/system.ts';
import { API_FUZZ_CONFIG, apiFigures, fuzzApi } from './api-fuzz.ts';

test(
  'no request by any caller ends in a server error, and each answer is as the OpenAPI document says',
  withSystem(
    async (system) => {
      console.log(`# ${apiFigures(await fuzzApi(system, { cases: 100, seed: 1 }))}`);
    },
    { config: API_FUZZ_CONFIG },
  ),
);

test.run();
