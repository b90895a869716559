import { Type } from 'typebox';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OneOf } from '../schema.ts';
import { tomlReader } from './toml.ts';

const read = tomlReader(
  Type.Object(
    {
      list: Type.Optional(Type.Array(Type.Object({ size: Type.Integer() }, { additionalProperties: false }))),
      colour: Type.Optional(OneOf(['red', 'blue'])),
    },
    { additionalProperties: false },
  ),
);

/** TOML tables come without a prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a file that fits the schema gives its value', () => {
  assert.equal(plain(read('colour = "red"\n[[list]]\nsize = 2')), {
    kind: 'value',
    value: { colour: 'red', list: [{ size: 2 }] },
  });
});

const FAULTS: [string, string, RegExp][] = [
  ['an unknown key', 'shape = 1', /^shape: there is no such key$/],
  [
    'an unknown key deep inside',
    '[[list]]\nsize = 1\n[[list]]\nsize = 1\nkind = 2',
    /^list\[1\]\.kind: there is no such key$/,
  ],
  ['a mistyped key', 'color = "red"', /^color: there is no such key; did you mean colour\?$/],
  [
    'a mistyped key deep inside',
    '[[list]]\nsize = 1\nsice = 1',
    /^list\[0\]\.sice: there is no such key; did you mean size\?$/,
  ],
  ['a wrong type', '[[list]]\nsize = "big"', /^list\[0\]\.size: must be integer$/],
  ['a wrong word', 'colour = "green"', /^colour: must be one of red, blue$/],
  ['no TOML', 'colour = "red"\nlist = [', /^line 2, column \d+: .+$/],
];
for (const [title, text, fault] of FAULTS)
  test(`a fault is one line with its place: ${title}`, () => {
    const reading = read(text);
    assert.match(reading.kind === 'fault' ? reading.fault : '', fault);
  });

test.run();
