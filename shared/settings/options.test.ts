import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  optionFlag,
  optionRows,
  optionsHelp,
  optionVariable,
  parseIntegerIn,
  parseOneOf,
  parseText,
  readOptions,
} from './options.ts';

const PROGRAM = {
  name: 'program',
  summary: 'Does it.',
  options: {
    dataDir: { description: 'Folder', takes: 'a path', parse: parseText, default: './data' },
    pollMs: { description: 'Interval', takes: 'milliseconds, 1 to 60', parse: parseIntegerIn(1, 60), default: null },
    mode: { description: 'How', takes: 'fast, slow', parse: parseOneOf(['fast', 'slow']) },
    adminToken: {
      description: 'Token',
      takes: 'a token',
      parse: (text: string) => (/^\w+$/.test(text) ? text : undefined),
      default: null,
      secret: true,
    },
    innards: { description: 'For tests', takes: 'a text', parse: parseText, default: null, hidden: true },
  },
  modes: { check: 'Look and exit' },
} as const;

const read = (argv: string[], env: Record<string, string> = {}) =>
  readOptions(PROGRAM, argv, { SWITCHYARD_MODE: 'fast', ...env });

test('a name in the table is the variable and the flag', () => {
  assert.is(optionVariable('heartbeatIntervalMs'), 'SWITCHYARD_HEARTBEAT_INTERVAL_MS');
  assert.is(optionFlag('heartbeatIntervalMs'), '--heartbeat-interval-ms');
});

test('a flag wins over the environment, the environment over the default', () => {
  const values = (argv: string[], env?: Record<string, string>) => {
    const reading = read(argv, env);
    return reading.kind === 'values' ? reading.values.dataDir : reading;
  };
  assert.is(values([]), './data');
  assert.is(values([], { SWITCHYARD_DATA_DIR: '/env' }), '/env');
  assert.is(values(['--data-dir', '/flag'], { SWITCHYARD_DATA_DIR: '/env' }), '/flag');
  assert.is(values(['--data-dir=/flag']), '/flag');
  assert.is(values([], { SWITCHYARD_DATA_DIR: '' }), './data', 'an empty variable is none');
});

test('switches and the one operand come with the values', () => {
  const program = {
    ...PROGRAM,
    switches: { json: 'Print JSON' },
    operand: { name: 'FILE', description: 'The file' },
    commands: { 'copy FILE': 'Copy it' },
  };
  const readOne = (...argv: string[]) => {
    const reading = readOptions(program, argv, { SWITCHYARD_MODE: 'fast' });
    return reading.kind === 'values' ? [reading.operand, ...reading.given] : reading;
  };
  assert.equal(readOne('a', '--json'), ['a', 'json']);
  assert.equal(readOne('--data-dir', 'x', '--', '-a'), ['-a']);
  assert.equal(readOne(), { kind: 'fault', fault: 'FILE is missing; see --help', mode: null });
  assert.equal(readOne(''), { kind: 'fault', fault: 'takes one FILE; see --help', mode: null });
  assert.equal(readOne('a', 'b'), { kind: 'fault', fault: 'takes one FILE; see --help', mode: null });
  const help = optionsHelp(program);
  for (const line of [
    'Usage: program [OPTION...] FILE',
    '  FILE\n      The file.',
    '--json',
    '  program copy FILE\n      Copy it.',
  ])
    assert.ok(help.includes(line), line);
});

test('a mode comes with the values', () => {
  const reading = read(['--check']);
  assert.is(reading.kind === 'values' && reading.mode, 'check');
  assert.is((read([]) as { mode: string | null }).mode, null);
});

const FAULTS: [string, string[], Record<string, string>, string][] = [
  [
    'a missing required option',
    [],
    { SWITCHYARD_MODE: '' },
    'SWITCHYARD_MODE (--mode) is missing: it takes fast, slow',
  ],
  ['a wrong word', ['--mode', 'late'], {}, 'SWITCHYARD_MODE (--mode) takes fast, slow, not "late"'],
  [
    'a number out of range',
    [],
    { SWITCHYARD_POLL_MS: '61' },
    'SWITCHYARD_POLL_MS (--poll-ms) takes milliseconds, 1 to 60, not "61"',
  ],
  [
    'a line break in a value',
    [],
    { SWITCHYARD_POLL_MS: '1\n2' },
    'SWITCHYARD_POLL_MS (--poll-ms) takes milliseconds, 1 to 60, not "1\\n2"',
  ],
  [
    'a wrong secret, which is not repeated',
    [],
    { SWITCHYARD_ADMIN_TOKEN: 's3 cret' },
    'SWITCHYARD_ADMIN_TOKEN takes a token',
  ],
  ['a flag without its value', ['--data-dir'], {}, '--data-dir takes a path'],
  ['a flag in place of a value', ['--data-dir', '--check'], {}, '--data-dir takes a path'],
  ['an empty value', ['--data-dir='], {}, 'SWITCHYARD_DATA_DIR (--data-dir) takes a path, not ""'],
  ['an unknown flag', ['--colour=red'], {}, '--colour is not an option; see --help'],
  ['a flag for a secret', ['--admin-token', 's3cret'], {}, '--admin-token is not an option; see --help'],
  ['a word that is no option', ['s3cret'], {}, 'takes options only; see --help'],
  ['a value for a mode', ['--check=yes'], {}, '--check takes no value'],
];
for (const [title, argv, env, fault] of FAULTS)
  test(`refused with one line: ${title}`, () => {
    const reading = read(argv, env);
    assert.is(reading.kind === 'fault' ? reading.fault : reading.kind, fault);
  });

test('help and version win over any invalid value', () => {
  assert.is(read(['--help', '--colour'], { SWITCHYARD_MODE: '' }).kind, 'help');
  assert.is(read(['--poll-ms', 'x', '--version']).kind, 'version');
});

test('help names each option with its flag, variable and default, but no hidden one and no flag for a secret', () => {
  const help = optionsHelp(PROGRAM);
  assert.match(help, '--data-dir, SWITCHYARD_DATA_DIR\n      Folder. Takes a path; default ./data.');
  assert.match(help, 'Takes fast, slow; required.');
  assert.match(help, 'Takes milliseconds, 1 to 60.');
  assert.match(help, '  SWITCHYARD_ADMIN_TOKEN\n');
  assert.match(help, '--check');
  assert.not.match(help, '--admin-token');
  assert.not.match(help, 'INNARDS');
  assert.is(optionRows(PROGRAM.options).length, 4);
});

test.run();
