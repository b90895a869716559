import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lineOfKey } from './toml-line.ts';

const TEXT = `# ops.switch
[ops.switch]
timeoutMs = 1

[ops."a.b"]
list = [
  1,
  2,
]
[[hosts]]
name = "x"
[[hosts]]
name = "y"`;

const PLACES: [string[], number | null][] = [
  [['ops'], 2],
  [['ops', 'switch', 'timeoutMs'], 3],
  [['ops', 'a.b'], 5],
  [['ops', 'a.b', 'list', '1'], 9],
  [['hosts', '1'], 12],
  [['hosts', '1', 'name'], 13],
  [['ops', 'pull'], null],
  [['ops', 'constructor'], null],
];
for (const [keys, line] of PLACES)
  test(`${keys.join('.')} is at line ${line}`, () => {
    assert.is(lineOfKey(TEXT, keys), line);
  });

test.run();
