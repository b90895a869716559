import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Type } from 'typebox';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigFile } from '../coordinator/config/config-file.ts';
import { TRANSITIONS } from '../coordinator/lifecycle/table.ts';
import { STATUSES } from '../shared/model/command.ts';
import { tableOf } from './docs-configuration.ts';
import { fillSections, readPages, SECTIONS, sectionsOf } from './generate-docs.ts';

const pages = readPages();

for (const { file, now, filled } of pages)
  test(`${file} agrees with the code`, () => {
    assert.fixture(now, filled, `run: node scripts/generate-docs.ts`);
  });

test('every section stands in exactly one page', () => {
  assert.equal(pages.flatMap(({ now }) => sectionsOf(now)).sort(), Object.keys(SECTIONS).sort());
});

test('only the text between the comments is replaced', () => {
  const page = 'one\n<!-- generated a -->\nold\n<!-- end -->\ntwo\n<!-- generated b -->\n<!-- end -->\n';
  assert.is(
    fillSections(page, { a: () => 'new', b: () => 'news' }),
    'one\n<!-- generated a -->\n\nnew\n\n<!-- end -->\ntwo\n<!-- generated b -->\n\nnews\n\n<!-- end -->\n',
  );
});

test('a filled page stays as it is', () => {
  const sections = { a: () => 'new $& text' };
  const filled = fillSections('<!-- generated a -->\n<!-- end -->\n', sections);
  assert.is(fillSections(filled, sections), filled);
});

test('a section that nobody gives is refused by name', () => {
  assert.throws(() => fillSections('<!-- generated nothing -->\n<!-- end -->\n', {}), /no section "nothing"/);
});

for (const file of ['README.md', 'docs/configuration.md'])
  test(`the configuration that ${file} shows is one that the coordinator takes, and sets a target`, () => {
    const page = readFileSync(resolve(import.meta.dirname, '..', file), 'utf8');
    const [, shown = ''] = /^( *\[target\].*?)^ *(?:EOF|```)$/ms.exec(page) ?? [];
    const reading = readConfigFile(shown);
    assert.ok(reading.kind === 'value', JSON.stringify(reading));
    assert.is(reading.value.target?.url, 'https://git.example.com/you/nixcfg.git');
    assert.is(reading.value.ops.switch?.timeoutMs, 3_600_000);
  });

test('a key of CONFIG without a description is refused', () => {
  assert.throws(() => tableOf('limits', Type.Object({ hosts: Type.Integer() }), false), /\[limits\] hosts: say what/);
});

test('the lifecycle’s page has every row and every status', () => {
  const page = pages.find(({ file }) => file === 'docs/lifecycle.md')?.filled ?? '';
  for (const { name } of TRANSITIONS) assert.match(page, `| ${name} |`);
  for (const status of STATUSES) assert.match(page, `| \`${status}\` |`);
});

test.run();
