import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FeedFrame } from '../../../shared/feed-frames.ts';
import type { Target } from '../../../shared/target.ts';
import { type FeedInput, feedQuery, newFeedModel, reduceFeed, STALL_MS, serverTime } from './feed-model.ts';

const EPOCH = '00000000-0000-4000-8000-00000000000e';
const target = (commit: string): Target => ({
  ...{ commit, lockHash: null, branch: null, source: null, checkedAt: null, error: null },
});
const empty = { hosts: [], commands: [], events: [], attention: [], target: target('a') };
const init = (version: number, serverTime = 0): FeedFrame => ({
  ...{ type: 'init', epoch: EPOCH, version, serverTime, state: empty },
});
const delta = (version: number, commit: string): FeedFrame => ({
  ...{ type: 'delta', version, changes: [{ type: 'target', target: target(commit) }] },
});
const frame = (of: FeedFrame, at = 0): FeedInput => ({ type: 'frame', frame: of, at });

/** The model after all of it, and every effect. */
function play(...inputs: FeedInput[]) {
  let model = newFeedModel();
  const effects: (string | null)[] = [];
  for (const input of inputs) {
    const step = reduceFeed(model, input);
    model = step.model;
    effects.push(step.effect);
  }
  return { model, effects, commit: model.state?.target.commit };
}

test('deltas are applied in order on the first state', () => {
  const { model, commit } = play(frame(init(7)), frame(delta(8, 'b')), frame(delta(9, 'c')));
  assert.equal([model.link, model.version, commit], ['live', 9, 'c']);
});

test('a delta that comes twice changes nothing', () => {
  const { model, commit } = play(frame(init(7)), frame(delta(8, 'b')), frame(delta(9, 'c')), frame(delta(8, 'b')));
  assert.equal([model.version, commit], [9, 'c']);
});

test('after a gap the whole state is asked for once, and nothing is applied before it has come', () => {
  const gap = play(frame(init(7)), frame(delta(9, 'c')), frame(delta(10, 'd')));
  assert.equal(gap.effects, [null, 'ask_state', null]);
  assert.equal([gap.commit, feedQuery(gap.model)], ['a', '']);
  const whole: FeedFrame = { ...init(12), type: 'full_state' } as FeedFrame;
  const mended = play(frame(init(7)), frame(delta(9, 'c')), frame(whole), frame(delta(13, 'e')));
  assert.equal([mended.model.version, mended.commit], [13, 'e']);
});

test('a sync of another version than ours is a gap', () => {
  const { effects } = play(frame(init(7)), frame({ type: 'sync', version: 8, serverTime: 0 }));
  assert.equal(effects, [null, 'ask_state']);
});

test('a close makes the link lost at once and asks for another; what is known stays, and is gone on from', () => {
  const { model, effects, commit } = play(frame(init(7)), { type: 'closed', at: 5 });
  assert.equal([model.link, effects.at(-1), commit], ['lost', 'reconnect', 'a']);
  assert.is(feedQuery(model), `?epoch=${EPOCH}&version=7`);
});

test('the link is live again with the first frame of the new connection, a sync where nothing was missed', () => {
  const closed: FeedInput[] = [frame(init(7)), { type: 'closed', at: 5 }, { type: 'opened', at: 9 }];
  assert.is(play(...closed).model.link, 'lost');
  assert.is(play(...closed, frame({ type: 'sync', version: 7, serverTime: 0 }, 10)).model.link, 'live');
  assert.is(play(...closed, frame(delta(8, 'b'), 10)).commit, 'b');
});

test('silence is a stall after STALL_MS, and not before', () => {
  const at = (ms: number) => play(frame(init(7), 1000), { type: 'tick', at: 1000 + ms });
  assert.equal(at(STALL_MS - 1).model.link, 'live');
  assert.equal([at(STALL_MS).model.link, at(STALL_MS).effects.at(-1)], ['lost', 'reconnect']);
});

test('the time is the coordinator`s, whatever our own clock says', () => {
  const day = 86_400_000;
  const { model } = play(frame(init(7, 10 * day), 500));
  assert.is(serverTime(model, 2_500), 10 * day + 2_000);
  const synced = play(frame(init(7, 10 * day), 500), frame({ type: 'sync', version: 7, serverTime: 11 * day }, 600));
  assert.is(serverTime(synced.model, 600), 11 * day);
  assert.is(serverTime(newFeedModel(), 600), null);
});

test.run();
