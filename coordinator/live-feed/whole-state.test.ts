import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { snapshotOf, stateFrom } from '../../shared/feed/state.ts';
import { createFeedWorld, randomFrom } from '../fixtures/feed-world.ts';
import { wholeState } from './whole-state.ts';

test('the pieces are the state at the moment of the first one, whatever changes meanwhile', () => {
  const world = createFeedWorld(randomFrom(3));
  for (let count = 0; count < 10_000; count += 1) world.change();
  const state = stateFrom(world.expected());
  const before = structuredClone(snapshotOf(state));
  const named: unknown[] = [];
  const pieces = wholeState(state, (value) => {
    named.push(value);
    return value;
  });
  const texts = [pieces.next().value ?? ''];
  state.hosts.clear();
  state.commands.clear();
  state.events.push(...state.events.splice(0, 5));
  texts.push(...pieces);
  assert.ok(texts.length > 2, `${texts.length} pieces`);
  assert.equal(JSON.parse(`{${texts.join('')}}`), before);
  assert.is(named.length, before.commands.length + 1, 'hosts name no person, so they are not passed');
});

test('a state without hosts and commands is one piece', () => {
  const target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };
  const empty = { hosts: [], commands: [], events: [], attention: [], target, rollouts: [] };
  const [text, ...more] = wholeState(stateFrom(empty), (value) => value);
  assert.equal(JSON.parse(`{${text}}`), empty);
  assert.equal(more, []);
});

test.run();
