import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readOpsFile } from './ops-file.ts';

test('an op has steps, and where wanted a folder and a completion', () => {
  const text =
    '[ops.deploy]\nsteps = [["make", ""], ["./activate"]]\ncwd = "/srv"\ncompletion = "restart"\n[ops.switch]\nsteps = [["true"]]';
  assert.equal(JSON.parse(JSON.stringify(readOpsFile(text))), {
    kind: 'value',
    value: {
      deploy: { steps: [['make', ''], ['./activate']], cwd: '/srv', completion: 'restart' },
      switch: { steps: [['true']] },
    },
  });
});

const FAULTS: [string, string, RegExp][] = [
  ['no steps', '[ops.x]\nsteps = []', /^ops\.x\.steps: /],
  [
    'a shell line in place of a program with its arguments',
    '[ops.x]\nsteps = ["make all"]',
    /^ops\.x\.steps\[0\]: must be array/,
  ],
  ['an empty step', '[ops.x]\nsteps = [["a"], []]', /^ops\.x\.steps\[1\]: /],
  ['a program without a name', '[ops.x]\nsteps = [["a"], [""]]', /^ops\.x\.steps\[1\]\[0\]: must name a program$/],
  ['a NUL in an argument', '[ops.x]\nsteps = [["a", "\\u0000"]]', /^ops\.x\.steps\[0\]\[1\]: /],
  ['a relative folder', '[ops.x]\nsteps = [["a"]]\ncwd = "srv"', /^ops\.x\.cwd: /],
  [
    'an unknown completion',
    '[ops.x]\nsteps = [["a"]]\ncompletion = "never"',
    /^ops\.x\.completion: must be one of exit, restart, reboot$/,
  ],
  ['an unknown key', '[ops.x]\nsteps = [["a"]]\nshell = true', /^ops\.x\.shell: there is no such key$/],
  ['an unknown table', '[op.x]\nsteps = [["a"]]', /^file: |^op: /],
  ['a name that no one could type', '[ops."a b"]\nsteps = [["a"]]', /^ops\."a b": this is not a name for an op$/],
  ["an op of the coordinator's", '[ops.kill]\nsteps = [["a"]]', /^ops\.kill: this op belongs to the coordinator/],
];
for (const [title, text, fault] of FAULTS)
  test(`refused with its place: ${title}`, () => {
    const file = readOpsFile(text);
    assert.match(file.kind === 'fault' ? file.fault : '', fault);
  });

test.run();
