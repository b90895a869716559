import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttentionItem } from '../model/attention.ts';
import type { Command } from '../model/command.ts';
import type { Host } from '../model/host.ts';
import { needsOf } from './needs.ts';

const host = (id: string, known: Partial<Host> = {}): Host =>
  ({
    id,
    name: id,
    online: true,
    activeCommandId: null,
    report: null,
    compartments: Object.fromEntries(
      ['agent', 'git', 'lock', 'system', 'tests'].map((name) => [name, { status: 'ok', message: '' }]),
    ),
    ...known,
  }) as unknown as Host;

const item = (hostId: string, kind: AttentionItem['kind']): AttentionItem => ({
  kind,
  hostId,
  commandId: null,
  rolloutId: null,
  since: 1,
  lapsesAt: null,
  message: kind,
});

test('each host is listed once, those with an open question before those that failed', () => {
  const failed = { op: 'switch', status: 'ERROR', message: 'error: no space left' } as Command;
  const needs = needsOf({
    attention: [item('b', 'timed_out'), item('c', 'lost'), item('b', 'partial')],
    hosts: [host('a'), host('b'), host('c'), host('d')],
    latest: (id) => (id === 'a' ? undefined : id === 'd' || id === 'b' ? failed : undefined),
  });
  assert.equal(
    needs.map(({ hostId, items, failure }) => [hostId, items.map(({ kind }) => kind), failure]),
    [
      ['b', ['timed_out', 'partial'], null],
      ['c', ['lost'], null],
      ['d', [], 'switch failed: error: no space left'],
    ],
  );
});

test('a host that runs again, or only has old tests, has not failed', () => {
  const failed = { op: 'switch', status: 'ERROR', message: 'no' } as Command;
  const compartments = host('a').compartments;
  const tests = { ...compartments, tests: { ...compartments.tests, status: 'outdated' as const } };
  const needs = (one: Host, latest?: Command) => needsOf({ attention: [], hosts: [one], latest: () => latest }).length;
  assert.is(needs(host('a', { activeCommandId: 'x' }), failed), 0);
  assert.is(needs(host('a', { compartments: tests })), 0);
  assert.is(needs(host('a', { compartments: { ...compartments, git: { ...compartments.git, status: 'error' } } })), 1);
});

test.run();
