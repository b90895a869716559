import { globSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layerFaults } from './layer-check.ts';
import { EDGE_FILES, TOWERS, type Tower } from './layers.ts';

const ROOT = new URL('..', import.meta.url).pathname;

/** A small house to break: base below top; a sibling tower; both on common ground. */
const towers: Tower[] = [
  { folder: 'shared', standsOn: [], packages: ['typebox'], layers: [['time'], ['frame']] },
  { folder: 'agent', standsOn: ['shared'], layers: [['base', 'top-soil'], ['top', 'base-camp'], ['main']] },
  { folder: 'coordinator', standsOn: ['shared'], layers: [['base'], ['top'], ['config', 'main']] },
  { folder: 'coordinator/dashboard', standsOn: ['shared'], browser: true, layers: [['main', 'view']] },
];

const faults = (files: Record<string, string>) =>
  layerFaults({ towers, edgeFiles: EDGE_FILES, sources: new Map(Object.entries(files)) });

const oneFault = (files: Record<string, string>, expected: RegExp) => {
  const found = faults(files);
  assert.is(found.length, 1, `expected one fault, got: ${found.join('; ') || 'none'}`);
  assert.match(String(found[0]), expected);
};

test('the source of both programs keeps the order of its layers', () => {
  const files = globSync('{agent,coordinator,shared}/**/*.{ts,tsx}', {
    cwd: ROOT,
    exclude: ['**/node_modules/**'],
  });
  const sources = new Map(files.map((file) => [file, readFileSync(`${ROOT}${file}`, 'utf8')]));
  assert.ok(sources.size > 0);
  assert.equal(layerFaults({ towers: TOWERS, edgeFiles: EDGE_FILES, sources }), []);
});

test('imports may point down, sideways and to the tower below', () => {
  assert.equal(
    faults({
      'shared/time/clock.ts': '',
      'shared/frame.ts': "import { Type } from 'typebox/compile';\nimport './time/clock.ts';",
      'agent/base.ts': "import type { Clock } from '../shared/time/clock.ts';\nimport { readFile } from 'node:fs';",
      'agent/base/deep.ts': "export { x } from '../base.ts';",
      'agent/top/floor.ts': "import { x } from '../base/deep.ts';\nimport { execa } from 'execa';",
    }),
    [],
  );
});

test('an upward import is refused in any form', () => {
  for (const statement of [
    "import { x } from './top.ts';",
    "import type { X } from './top.ts';",
    "import {\n  x, // why\n  type Y,\n} from './top.ts';",
    "import * as top from './top.ts';",
    "import './top.ts';",
    "export { x } from './top.ts';",
    "export type * from './top.ts';",
    "const top = await import('./top.ts');",
    "type X = import('./top.ts').X;",
  ])
    oneFault(
      { 'agent/base.ts': statement, 'agent/top.ts': '' },
      /^agent\/base\.ts \(floor 0\) imports agent\/top\.ts \(floor 1\)/,
    );
});

test('an import in a comment does not count', () => {
  assert.equal(faults({ 'agent/base.ts': "// import './top.ts';\n/* import './top.ts'; */", 'agent/top.ts': '' }), []);
});

test('the longest name that covers a file decides its layer', () => {
  const upward = "import './top.ts';";
  assert.equal(faults({ 'agent/base-camp.ts': upward, 'agent/top.ts': '' }), []);
  oneFault({ 'agent/base/depot.ts': "import '../top.ts';", 'agent/top.ts': '' }, /imports point down/);
  oneFault({ 'agent/top-soil.ts': upward, 'agent/top.ts': '' }, /imports point down/);
  oneFault({ 'agent/based.ts': '' }, /agent\/based\.ts is in no layer/);
});

test('the two programs may not import each other, not even in a test', () => {
  oneFault({ 'agent/top.ts': "import '../coordinator/base.ts';" }, /agent\/ may not import coordinator\//);
  oneFault({ 'coordinator/top.test.ts': "import '../agent/base.ts';" }, /coordinator\/ may not import agent\//);
});

test('shared imports neither program', () => {
  oneFault({ 'shared/frame.ts': "import '../agent/base.ts';" }, /shared\/ may not import agent\//);
});

test('a client of the coordinator does not import its internals', () => {
  oneFault({ 'coordinator/dashboard/view.ts': "import '../base.ts';" }, /dashboard\/ may not import coordinator\//);
});

test('the programs do not import scripts or tests; their tests may import scripts', () => {
  oneFault({ 'agent/top.ts': "import '../scripts/build.ts';" }, /not part of the programs/);
  oneFault({ 'agent/top.test.ts': "import '../tests/harness/api.ts';" }, /not part of the programs/);
  assert.equal(faults({ 'agent/top.test.ts': "import '../scripts/test-needs.ts';" }), []);
});

test('a cycle is refused inside one layer too, and through types', () => {
  oneFault(
    {
      'agent/base/c.ts': "import type { A } from './a.ts';",
      'agent/base/a.ts': "import { b } from './b.ts';",
      'agent/base/b.ts': "import { base } from './c.ts';",
    },
    /agent\/base\/c\.ts → agent\/base\/a\.ts → agent\/base\/b\.ts → agent\/base\/c\.ts is a cycle/,
  );
});

test('a cycle of folders is refused, though no file is in one', () => {
  oneFault(
    {
      'agent/base/a.ts': "import '../top-soil/b.ts';",
      'agent/top-soil/b.ts': '',
      'agent/top-soil/c.ts': "import type { D } from '../base/d.ts';",
      'agent/base/d.ts': '',
    },
    /folders agent\/base → agent\/top-soil → agent\/base are a cycle/,
  );
});

test('a file that no layer covers is named together with the list to edit', () => {
  oneFault({ 'coordinator/novel.ts': '' }, /coordinator\/novel\.ts is in no layer: add it to scripts\/layers\.ts/);
});

test('a unit test is above everything in its tower', () => {
  assert.equal(faults({ 'agent/base.test.ts': "import './main.ts';\nimport { test } from 'uvu';\nDate.now();" }), []);
});

test('a fixture may import what a test may, and only tests import it', () => {
  const fixture = "import '../main.ts';";
  assert.equal(faults({ 'agent/fixtures/host.ts': fixture, 'agent/base.test.ts': "import './fixtures/host.ts';" }), []);
  oneFault({ 'agent/base.ts': "import './fixtures/host.ts';" }, /agent\/fixtures\/host\.ts, which is only for tests/);
});

test('time, chance and the environment come in by the edge files only', () => {
  for (const code of [
    'Date.now()',
    'new Date()',
    'performance.now()',
    'setTimeout(f, 1)',
    'globalThis.setInterval(f, 1)',
    "import { setTimeout as wait } from 'node:timers/promises'",
    'AbortSignal.timeout(5)',
    'Math.random()',
    'process.env.HOME',
    `\`\${Date.now()}\``,
  ]) {
    oneFault(
      { 'agent/base.ts': code },
      /^agent\/base\.ts uses .*only clock\.ts, fake-clock\.ts, config\.ts, main\.ts may/,
    );
    assert.equal(
      faults({ 'coordinator/config/config.ts': code, 'agent/main.ts': code, 'coordinator/dashboard/view.ts': code }),
      [],
    );
  }
});

test('a clock that was handed in, a given date and words about time are fine', () => {
  const code = "clock.setTimeout(f, 1); new Date(at); say('Date.now'); // setTimeout";
  assert.equal(faults({ 'agent/base.ts': code }), []);
});

test('shared imports only its few packages', () => {
  oneFault(
    { 'shared/frame.ts': "import { execa } from 'execa';" },
    /imports the package execa: shared\/ may import typebox/,
  );
});

test.run();
