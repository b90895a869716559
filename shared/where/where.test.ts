import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Compartments } from '../model/host.ts';
import { WHERE_MAX_LENGTH } from '../schema.ts';
import { COMPARISONS, PATTERN_KEYS, parseWhere, type Where, WORDS, type WordKey, whereText } from './where.ts';
import { type HostFeatures, matchesWhere } from './where-match.ts';

const compartment = (status: 'ok' | 'outdated' | 'error' | 'unknown') => ({ status, message: '', since: null });

const compartments: Compartments = {
  agent: compartment('ok'),
  git: compartment('outdated'),
  lock: compartment('ok'),
  system: compartment('ok'),
  tests: compartment('unknown'),
};

const web1: HostFeatures = {
  name: 'web1',
  tags: ['web', 'eu'],
  platform: 'nixos',
  os: { name: 'NixOS', version: '25.05', arch: 'x64' },
  agentVersion: '0.2.9',
  online: true,
  compartments,
  report: null,
};

const neverSeen: HostFeatures = { ...web1, tags: [], platform: null, os: null, agentVersion: null, online: false };

const parsed = (text: string): Where => {
  const result = parseWhere(text);
  if ('fault' in result) throw new Error(`${text}: ${result.fault.message} at ${result.fault.position}`);
  return result.where;
};

const matches = (text: string, host = web1) => matchesWhere(parsed(text), host, 'outdated');

test('the example of the contract', () => {
  const text =
    'tag:web and not (tag:db or platform:nix-darwin) and name:web* and version<0.3 and state:outdated and online';
  assert.is(matches(text), true);
  assert.is(matches(text, { ...web1, tags: ['web', 'db'] }), false);
});

for (const [text, expected] of [
  ['tag:web', true],
  ['tag:w', false],
  ['tag:*', true],
  ['name:web*', true],
  ['name:*1', true],
  ['name:w*b*1', true],
  ['name:web*b1', false],
  ['name:*', true],
  ['platform:nixos', true],
  ['arch:x64', true],
  ['version:0.2.*', true],
  ['version<0.3', true],
  ['version<0.2.10', true],
  ['version>=0.2.9', true],
  ['version>0.2.9', false],
  ['version=0.2.9.0', true],
  ['online', true],
  ['online:false', false],
  ['git:outdated and agent:ok', true],
  ['tests:ok or git:ok', false],
  ['not tag:db and not tag:lab', true],
  ['tag:db or tag:web and tag:eu', true],
  ['(tag:db or tag:web) and tag:us', false],
  ['not not tag:web', true],
] as const)
  test(`'${text}' is ${expected} of web1`, () => {
    assert.is(matches(text), expected);
  });

test('an unknown value fits no condition', () => {
  for (const text of ['version<9', 'version>=0', 'arch:*', 'platform:nixos', 'commit:*', 'tag:*'])
    assert.is(matches(text, neverSeen), false, text);
});

test('a commit is matched by its beginning', () => {
  const report = { repoCommit: 'abcdef0123' } as HostFeatures['report'];
  assert.is(matches('commit:abcd', { ...web1, report }), true);
  assert.is(matches('commit:bcd', { ...web1, report }), false);
});

for (const [text, position, message] of [
  ['', 0, 'a condition is missing here, such as tag:web'],
  ['tag:web and', 11, 'a condition is missing here, such as tag:web'],
  ['tag:web or or tag:db', 11, "a condition is missing before 'or'"],
  ['tag:web tag:db', 8, "'and' or 'or' is missing before 'tag:db'"],
  ['(tag:web', 8, "the '(' at 0 needs a ')'"],
  ['tag:web)', 7, "this ')' closes nothing"],
  ['()', 1, "a condition is missing before ')'"],
  [
    'tga:web',
    0,
    "'tga' is not a key: it takes tag, name, arch, version, commit, platform, state, online, agent, git, lock, system, tests",
  ],
  ['tag:', 4, "'tag:' needs a value"],
  ['state:fine', 6, "state takes attention, working, failed, offline, outdated, ok, unknown, not 'fine'"],
  ['name<3', 4, "only version takes '<'; write name:3"],
  ['version<x', 8, "version takes a number such as 0.3, not 'x'"],
  ['version<>1', 7, "'<>' is not one of <= >= < > ="],
] as const)
  test(`'${text}' is wrong at ${position}`, () => {
    assert.equal(parseWhere(text), { fault: { position, message } });
  });

test('any text is parsed, or refused with a position inside it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc
          .array(fc.constantFrom('tag:', 'web', ' ', '(', ')', 'not ', ' and ', ' or ', 'version', '<', '*'))
          .map((parts) => parts.join('')),
      ),
      (text) => {
        const result = parseWhere(text);
        if ('fault' in result) assert.ok(result.fault.position >= 0 && result.fault.position <= text.length);
        else assert.type(matchesWhere(result.where, web1, 'ok'), 'boolean');
      },
    ),
    { numRuns: 2000 },
  );
});

test('overlong and too deep text is refused', () => {
  assert.ok('fault' in parseWhere('x'.repeat(WHERE_MAX_LENGTH + 1)));
  assert.ok('fault' in parseWhere(`${'('.repeat(900)}online${')'.repeat(900)}`));
  assert.ok('fault' in parseWhere('not '.repeat(400)));
});

const condition: fc.Arbitrary<Where> = fc.oneof(
  fc.record({
    type: fc.constant('pattern' as const),
    key: fc.constantFrom(...PATTERN_KEYS),
    value: fc.stringMatching(/^[a-z0-9*.-]{1,8}$/),
  }),
  fc
    .constantFrom(...(Object.keys(WORDS) as WordKey[]))
    .chain((key) => fc.constantFrom<string>(...WORDS[key]).map((value) => ({ type: 'word' as const, key, value }))),
  fc.record({
    type: fc.constant('version' as const),
    comparison: fc.constantFrom(...COMPARISONS),
    value: fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,2}$/),
  }),
);

const { expression } = fc.letrec<{ expression: Where }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    condition,
    fc.record({ type: fc.constant('not' as const), operand: tie('expression') }),
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

test('the canonical form is parsed back to the same expression', () => {
  fc.assert(
    fc.property(expression, (where) => assert.is(JSON.stringify(parsed(whereText(where))), JSON.stringify(where))),
  );
});

test.run();
