import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostState } from '../../../shared/looks/host-look.ts';
import { type Command, STATUSES } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import { countStates, inState, matchText, sortFleet } from './fleet-filter.ts';
import { needsWords } from './needs-words.ts';
import { findEntries } from './palette.ts';
import { verdictSentence } from './verdict-sentence.ts';

const command = (known: Partial<Command>): Command =>
  ({
    op: 'switch',
    timeoutStatus: 'NORMAL',
    kill: null,
    progress: null,
    message: null,
    code: null,
    lateResult: null,
    ...known,
  }) as Command;

const host = (name: string, known: Partial<Host> = {}): Host =>
  ({
    id: name,
    name,
    tags: [],
    claimedTags: [],
    platform: 'nixos',
    online: true,
    activeCommandId: null,
    lastSeenAt: 1,
    compartments: { agent: { status: 'ok' }, git: { status: 'ok' } },
    ...known,
  }) as unknown as Host;

test('a sentence says only known facts', () => {
  const say = (known: Partial<Command>) => verdictSentence(command(known), 'web1', 0);
  assert.is(say({ status: 'PENDING' }), 'switch on web1 was sent; the host has not accepted it yet.');
  assert.is(say({ status: 'LOST', message: 'It went away' }), "How switch on web1 ended can't be known: it went away.");
  assert.is(
    say({ status: 'CANCELLED', acceptedAt: null }),
    'switch on web1 was cancelled before the host accepted it.',
  );
  assert.is(say({ status: 'CANCELLED', acceptedAt: 1 }), 'switch on web1 is no longer tracked; its process may go on.');
  const lateResult = { exitCode: 3, signal: null, endedAt: 2 };
  assert.is(
    say({ status: 'CANCELLED', acceptedAt: 1, lateResult }),
    'switch on web1 is no longer tracked. It ended later, with exit code 3.',
  );
  for (const status of STATUSES) {
    const claims = /succeeded/.test(say({ status, startedAt: null, acceptedAt: null }));
    assert.is(claims, status === 'SUCCESS', status);
  }
});

test('the fleet is filtered by words and state, and ordered by urgency on demand', () => {
  const rows = [
    { host: host('db1', { tags: ['prod'] }), state: 'ok' as const, needsYou: false },
    { host: host('web1', { tags: ['prod'] }), state: 'attention' as const, needsYou: true },
    { host: host('web2'), state: 'ok' as const, needsYou: false },
  ];
  const names = (found: readonly { host: Host }[]) => found.map((row) => row.host.name);
  assert.equal(names(matchText(rows, 'PROD web')), ['web1']);
  assert.equal(names(inState(rows, 'ok')), ['db1', 'web2']);
  assert.equal(names(sortFleet(rows, 'state')), ['web1', 'db1', 'web2']);
  assert.equal([countStates(rows).ok, countStates(rows).attention, countStates(rows).failed], [2, 1, 0]);
});

test('each host is in one filter; one that needs somebody is in *Needs you*, even if failed or offline', () => {
  const rows = (['attention', 'failed', 'offline', 'offline', 'ok'] as const).map((state, at) => ({
    host: host(`web${at}`),
    state,
    needsYou: at < 3,
  }));
  const names = (state: HostState) => inState(rows, state).map((row) => row.host.name);
  const counts = countStates(rows);
  assert.equal(names('attention'), ['web0', 'web1', 'web2']);
  assert.is(counts.attention, 3);
  assert.equal(names('offline'), ['web3']);
  assert.is(
    Object.values(counts).reduce((sum, count) => sum + count, 0),
    rows.length,
  );
});

test('needs are counted in words', () => {
  assert.is(needsWords(1, 0), '1 host needs you');
  assert.is(needsWords(0, 2), '2 rollouts need you');
  assert.is(needsWords(2, 1), '2 hosts and 1 rollout need you');
  assert.is(needsWords(2, 1, 1), '2 hosts, 1 rollout and 1 other thing need you');
  assert.is(needsWords(0, 0, 1), '1 other thing needs you');
});

test('a tag and a compartment can be asked for exactly', () => {
  const outdated = { git: { status: 'outdated' } } as Host['compartments'];
  const rows = [
    { host: host('web1', { tags: ['web'] }), state: 'ok' as const, needsYou: false },
    { host: host('web2', { tags: ['webby'], compartments: outdated }), state: 'outdated' as const, needsYou: false },
  ];
  const names = (text: string) => matchText(rows, text).map((row) => row.host.name);
  assert.equal(names('web'), ['web1', 'web2']);
  assert.equal(names('tag:web'), ['web1']);
  assert.equal(names('git:outdated'), ['web2']);
  assert.equal(names('tag:web git:outdated'), []);
});

test('the palette finds by all words, matching beginnings first', () => {
  const entries = ['pull web1', 'web1', 'switch web1', 'web10'].map((title) => ({ title, note: '', run: () => {} }));
  const found = (query: string) => findEntries(entries, query, 3).map(({ title }) => title);
  assert.equal(found('web1'), ['web1', 'web10', 'pull web1']);
  assert.equal(found('web1 sw'), ['switch web1']);
});

test.run();
