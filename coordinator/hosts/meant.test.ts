import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchyardError } from '../../shared/api/errors.ts';
import { hostsMeant, type NamedHosts } from './meant.ts';
import type { HostEntry } from './roster.ts';

const FLEET = [
  { id: '1', name: 'web1', tags: ['web'] },
  { id: '2', name: 'db1', tags: ['db'] },
  { id: '3', name: 'web2', tags: ['web', 'db'] },
] as unknown as HostEntry[];
const roster = {
  all: () => FLEET,
  find: (idOrName: string) => FLEET.find(({ id, name }) => id === idOrName || name === idOrName) ?? null,
};

const meant = (named: NamedHosts, fitting: string[] | null = null): string =>
  hostsMeant(roster, named, fitting && new Set(fitting))
    .map(({ name }) => name)
    .join(' ');

test('hosts come by id or name, then by tag, each once', () => {
  assert.is(meant({ hosts: ['web2', '3'], tags: ['db'] }), 'web2 db1');
});

test('`where` narrows hosts and tags, and alone means every host that fits', () => {
  assert.is(meant({ tags: ['web'] }, ['2', '3']), 'web2');
  assert.is(meant({}, ['2', '3']), 'db1 web2');
});

test('an unknown host, and a selection of no host, are refused', () => {
  const code = (named: NamedHosts, fitting: string[] | null = null) => {
    try {
      return meant(named, fitting);
    } catch (error) {
      return error instanceof SwitchyardError ? error.code : error;
    }
  };
  assert.is(code({ hosts: ['web9'] }), 'unknown_host');
  assert.is(code({}), 'invalid_request');
  assert.is(code({ tags: ['mail'] }, ['1']), 'invalid_request');
  assert.is(code({ tags: ['web'] }, ['2']), 'invalid_request');
});

test.run();
