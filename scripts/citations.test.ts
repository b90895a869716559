import { globSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { citationFaults, citationsOf, linksOf } from './citations.ts';

const ROOT = new URL('..', import.meta.url).pathname;

test('each document that code or a document names exists, with the section that it names', () => {
  const files = globSync('**/*.{ts,tsx,css,html,nix,plist,service,md}', {
    cwd: ROOT,
    exclude: ['**/node_modules/**', 'dist/**'],
  });
  assert.ok(files.length > 300);
  assert.equal(
    files.flatMap((file) => citationFaults(ROOT, file, readFileSync(`${ROOT}${file}`, 'utf8'))),
    [],
  );
});

test('the map of docs/architecture.md names each room of each house', () => {
  const map = readFileSync(`${ROOT}docs/architecture.md`, 'utf8');
  for (const house of ['shared', 'coordinator', 'agent', 'tests']) {
    const [, part = ''] = new RegExp(`\\n### ${house}/\\n(.*?)\\n##`, 's').exec(map) ?? [];
    const rooms = globSync('*/', { cwd: `${ROOT}${house}` }).filter((room) => room !== 'fixtures');
    assert.ok(rooms.length > 10, house);
    assert.equal(
      rooms.filter((room) => !part.includes(`\`${room}/\``)),
      [],
      `${house}/: give each folder a line in docs/architecture.md`,
    );
  }
});

test('a citation names a document, and maybe a section or a heading', () => {
  assert.equal(
    citationsOf('// as docs/protocol.md section 2, rule 4 says (bench/README.md, Budgets); see LICENSE, README.md.'),
    [
      { document: 'docs/protocol.md', section: '2', heading: null },
      { document: 'bench/README.md', section: null, heading: 'Budgets' },
      { document: 'README.md', section: null, heading: null },
    ],
  );
});

test("a document's link may lead to its own heading", () => {
  assert.equal(linksOf('[a](limits.md#c) [d](#e) [f](https://x.example/y)'), [
    { target: 'limits.md', anchor: 'c' },
    { target: '', anchor: 'e' },
  ]);
});

test('a citation or link that leads nowhere is reported', () => {
  const fault = (file: string, text: string) => citationFaults(ROOT, file, text);
  // Put together, since this file is read like every other.
  const nowhere = (name: string) => `${name}.md`;
  assert.equal(fault('x.ts', `// ${nowhere('NOWHERE')}`), [`x.ts cites ${nowhere('NOWHERE')}, which does not exist`]);
  assert.match(String(fault('x.ts', `// bench/${nowhere('nowhere')}`)), `cites bench/${nowhere('nowhere')}, which`);
  assert.match(String(fault('x.ts', `// docs/protocol.md section ${99}`)), 'section 99');
  assert.match(String(fault('x.ts', `// docs/protocol.md, ${'No such thing'}.`)), 'No such thing');
  assert.match(String(fault('docs/limits.md', `[a](${nowhere('nowhere')})`)), nowhere('nowhere'));
  assert.match(String(fault('docs/limits.md', '[a](protocol.md#nowhere)')), '#nowhere');
});

test.run();
