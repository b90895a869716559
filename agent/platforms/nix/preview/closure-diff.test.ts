import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readClosureDiff } from './closure-diff.ts';

const [red, green, off] = ['31;1', '32;1', '0'].map((code) => `\u001b[${code}m`);

/** As Nix 2.8.0 and 2.34.8 printed it of the same two closures. */
const PRINTED = {
  '2.8': `etc: ε → 7
fresh: ∅ → ε, ${red}+68359.8 KiB${off}
glib: 1.2 → 1.4
gone: 2.1 → ∅, ${green}-20.0 KiB${off}
hello: 1.0 → 1.1, ${red}+29.2 KiB${off}
new: ∅ → 0.9, ${red}+49.3 KiB${off}
rebuilt: ${red}+488.3 KiB${off}
unnamed: ε → ∅
`,
  '2.34': `etc: ε → 7
fresh: ∅ → ε, ${red}66.8 MiB${off}
glib: 1.2 → 1.4
gone: 2.1 → ∅, ${green}-20.0 KiB${off}
hello: 1.0 → 1.1, ${red}29.2 KiB${off}
new: ∅ → 0.9, ${red}49.3 KiB${off}
rebuilt: ${red}488.3 KiB${off}
unnamed: ε → ∅
`,
};

for (const [version, text] of Object.entries(PRINTED))
  test(`the output of Nix ${version} is parsed`, () => {
    assert.equal(readClosureDiff(text), {
      added: ['fresh', 'new'],
      removed: ['gone', 'unnamed'],
      changed: [
        { name: 'etc', from: null, to: '7' },
        { name: 'glib', from: '1.2', to: '1.4' },
        { name: 'hello', from: '1.0', to: '1.1' },
        { name: 'rebuilt', from: null, to: null },
      ],
    });
  });

test('several versions stay together, and a version that looks like a list of them too', () => {
  assert.equal(readClosureDiff('libfoo: 1.2, 1.3 → 1.4, ε, +1.0 KiB\n').changed, [
    { name: 'libfoo', from: '1.2, 1.3', to: '1.4, ε' },
  ]);
});

test('other lines are ignored', () => {
  assert.equal(readClosureDiff('warning: something else\n\n→\nname:\n'), { added: [], removed: [], changed: [] });
});

test.run();
