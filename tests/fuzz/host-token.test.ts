import { test } from 'uvu';
import { withSystem } from '../harness/system.ts';
import { figuresOf, fuzzHost } from './host-fuzz.ts';

test(
  'a host’s token can end its own connections and nothing else, whatever is sent with it',
  withSystem(async (system) => {
    console.log(`# ${figuresOf(await fuzzHost(system, { forMs: 5_000, seed: 1 }))}`);
  }),
);

test.run();
