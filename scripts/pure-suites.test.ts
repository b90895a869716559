import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pureSuites } from './pure-suites.ts';

const SOURCES: Record<string, string> = {
  'a/pure.test.ts': "import { test } from 'uvu';\nimport { pure } from './pure.ts';\nimport data from '../b/data.ts';",
  'a/pure.ts': "import { createHash } from 'node:crypto';\nimport type { X } from '../b/data.ts';",
  'b/data.ts': 'export default 1;',
  'a/files.test.ts': "import { pure } from './pure.ts';\nimport '../b/files.ts';",
  'b/files.ts': "export * from './deep.ts';",
  'b/deep.ts': "import { readFileSync } from 'node:fs';",
  'a/package.test.ts': "import fastify from 'fastify';",
  'a/exits.test.ts': 'process.exit(0);',
  'a/json.test.ts': "import data from './data.json' with { type: 'json' };",
  'a/missing.test.ts': "import './nowhere.ts';",
};

const isPure = pureSuites((file) => SOURCES[file] ?? null);

test('a suite is pure where all that it imports is, however far', () => {
  assert.ok(isPure('a/pure.test.ts'));
  for (const name of ['files', 'package', 'exits', 'json', 'missing']) assert.not(isPure(`a/${name}.test.ts`), name);
});

test.run();
