import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startTestApp } from '../fixtures/test-app.ts';
import { describeFields, FIELD_WORDS } from './field-words.ts';

let document: { components: object; paths: object };
test.before(async () => {
  const app = await startTestApp();
  document = (await app.request('GET', '/api/openapi.json')).body;
  await app.close();
});

type Field = { name: string; description: unknown; place: string };

function fieldsIn(node: unknown, place: string): Field[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, parameters } = node as { properties?: Record<string, object>; parameters?: object[] };
  const own = Object.entries(properties ?? {}).map(([name, field]) => ({
    name,
    description: (field as { description?: unknown }).description,
    place,
  }));
  const asked = (Array.isArray(parameters) ? parameters : []) as { name: string; description?: unknown }[];
  return [
    ...own,
    ...asked.map(({ name, description }) => ({ name, description, place })),
    ...Object.entries(node).flatMap(([key, value]) => fieldsIn(value, `${place}/${key}`)),
  ];
}

test('every field has a description, and every time and duration its unit', () => {
  const { components, paths } = document;
  const fields = [...fieldsIn(components, 'components'), ...fieldsIn(paths, 'paths')];
  assert.ok(fields.length > 300);
  for (const { name, description, place } of fields) {
    assert.type(description, 'string', `${place} ${name} has no words`);
    // `createdBy` and `ranBy` name a person; `reconnectBy` is a time.
    if (/(At|Until|By|Ms|notAfter)$/.test(name) && !/(ed|ran)By$/.test(name))
      assert.match(String(description), /\bms\b/, `${place} ${name} names no unit`);
  }
});

test('every description belongs to a field', () => {
  const text = JSON.stringify(document);
  for (const [key, words] of Object.entries(FIELD_WORDS))
    assert.ok(text.includes(JSON.stringify(words)), `${key}: ${words}`);
});

test('a field keeps its own description', () => {
  const document = {
    components: { schemas: { A: { properties: { at: { description: 'own' }, op: {} } } } },
    paths: {},
  };
  describeFields(document);
  const { at, op } = document.components.schemas.A.properties as Record<string, { description?: string }>;
  assert.equal([at?.description, op?.description], ['own', 'The op']);
});

test.run();
