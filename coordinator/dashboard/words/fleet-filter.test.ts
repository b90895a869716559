import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../../shared/model/host.ts';
import { type FleetRow, matchText, whereFaultIn } from './fleet-filter.ts';

const row = (name: string, tags: string[], online: boolean): FleetRow => {
  const ok = { status: 'ok' };
  const compartments = { agent: ok, git: ok, lock: ok, system: ok, tests: ok };
  const host = { name, tags, online, platform: 'nixos', os: null, agentVersion: '0.2', report: null, compartments };
  return { host: host as unknown as Host, state: 'ok', needsYou: false };
};
const ROWS = [row('web1', ['web'], true), row('web2', ['web', 'db'], false), row('db1', ['db'], true)];
const namesFor = (text: string) => matchText(ROWS, text).map(({ host }) => host.name);

test('the box takes plain words, all of which must match', () => {
  assert.equal(namesFor('web'), ['web1', 'web2']);
  assert.equal(namesFor('web db'), ['web2']);
  assert.equal(namesFor('tag:db web'), ['web2']);
  assert.equal(namesFor(''), ['web1', 'web2', 'db1']);
});

test('the box takes the same expressions as API and command line', () => {
  assert.equal(namesFor('tag:web and not tag:db'), ['web1']);
  assert.equal(namesFor('(tag:web or tag:db) and online'), ['web1', 'db1']);
  assert.equal(namesFor('name:web* and version<0.3'), ['web1', 'web2']);
});

test('a broken expression says where; plain words never count as one', () => {
  assert.match(whereFaultIn('tag:web and') ?? '', /^After “tag:web and”: a condition is missing here/);
  assert.match(whereFaultIn('(tag:web') ?? '', "needs a ')'");
  for (const text of ['', 'web', 'web db', 'tag:web and online']) assert.is(whereFaultIn(text), null);
});

test.run();
