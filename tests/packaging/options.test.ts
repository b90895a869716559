import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  moduleOptions,
  NOT_IN_MODULES,
  OPTION_TABLES,
  OPTIONS_PAGE,
  optionsPage,
} from '../../scripts/generate-options.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';

const missing = toolMissing('nix');
const nixTest = testUnless([missing]);
const modules = missing ? null : moduleOptions();

for (const program of ['agent', 'coordinator'] as const) {
  const table = OPTION_TABLES[program];
  const declared = modules?.[program].variables ?? {};

  nixTest(`every option of the ${program} is one of its module, or is left out for a reason`, () => {
    const accounted = [...Object.keys(declared), ...Object.keys(NOT_IN_MODULES[program])];
    assert.equal(accounted.sort(), Object.keys(table).sort());
  });

  nixTest(`the ${program}’s module says of an option what the program says`, () => {
    for (const [name, { description, words }] of Object.entries(declared)) {
      assert.is(description, table[name]?.description, `${name}: say so in systemd/nix/options.nix`);
      if (words) assert.is(words.join(', '), table[name]?.takes, `${name}: say so in systemd/nix/options.nix`);
    }
  });
}

nixTest('docs/options.md says what the code says', () => {
  assert.fixture(readFileSync(OPTIONS_PAGE, 'utf8'), optionsPage(), 'run: node scripts/generate-options.ts');
});

test.run();
