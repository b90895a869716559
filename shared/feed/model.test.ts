import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../model/target.ts';
import type { FeedFrame } from './frames.ts';
import { feedQuery, newFeedModel, serverTime, takeFrame, withoutLink } from './model.ts';

const EPOCH = '00000000-0000-4000-8000-00000000000e';
const target = (commit: string): Target => ({
  commit,
  lockHash: null,
  branch: null,
  source: null,
  checkedAt: null,
  error: null,
});
const empty = { hosts: [], commands: [], events: [], attention: [], target: target('a'), rollouts: [] };
const init = (version: number, serverTime = 0): FeedFrame => ({
  type: 'init',
  epoch: EPOCH,
  version,
  serverTime,
  state: empty,
});
const delta = (version: number, commit: string): FeedFrame => ({
  type: 'delta',
  version,
  changes: [{ type: 'target', target: target(commit) }],
});

/** The model after all frames, and the news of each. A number in place of a frame sets the time; a word drops the link. */
function play(...inputs: (FeedFrame | number | 'lost')[]) {
  let model = newFeedModel();
  let at = 0;
  const told: string[] = [];
  for (const input of inputs) {
    if (typeof input === 'number') at = input;
    else if (input === 'lost') model = withoutLink(model);
    else {
      const step = takeFrame(model, input, at);
      model = step.model;
      told.push(step.news);
    }
  }
  return { model, told, commit: model.state?.target.commit };
}

test('deltas are applied in order to the first state', () => {
  const { model, commit, told } = play(init(7), delta(8, 'b'), delta(9, 'c'));
  assert.equal([model.link, model.version, commit], ['live', 9, 'c']);
  assert.equal(told, ['whole', 'changes', 'changes']);
});

test('a repeated delta changes nothing', () => {
  const { model, commit, told } = play(init(7), delta(8, 'b'), delta(9, 'c'), delta(8, 'b'));
  assert.equal([model.version, commit, told.at(-1)], [9, 'c', 'none']);
});

test('after a gap the whole state is asked for once, and nothing is applied before it comes', () => {
  const gap = play(init(7), delta(9, 'c'), delta(10, 'd'));
  assert.equal(gap.told, ['whole', 'gap', 'none']);
  assert.equal([gap.commit, feedQuery(gap.model)], ['a', '']);
  const whole: FeedFrame = { ...init(12), type: 'full_state' } as FeedFrame;
  const mended = play(init(7), delta(9, 'c'), whole, delta(13, 'e'));
  assert.equal([mended.model.version, mended.commit], [13, 'e']);
});

test('a sync with another version than ours is a gap', () => {
  assert.equal(play(init(7), { type: 'sync', version: 8, serverTime: 0 }).told, ['whole', 'gap']);
});

test('the state stays while the link is lost, and goes on from there', () => {
  const { model, commit } = play(init(7), 'lost');
  assert.equal([model.link, commit], ['lost', 'a']);
  assert.is(feedQuery(model), `?epoch=${EPOCH}&version=7`);
});

test('the first frame of a new connection makes the link live again; it is a sync if nothing was missed', () => {
  assert.is(play(init(7), 'lost', { type: 'sync', version: 7, serverTime: 0 }).model.link, 'live');
  assert.is(play(init(7), 'lost', { type: 'sync', version: 8, serverTime: 0 }).model.link, 'lost');
  const { model, commit } = play(init(7), 'lost', delta(8, 'b'));
  assert.equal([model.link, commit], ['live', 'b']);
});

test('unknown types of frames and changes are skipped', () => {
  const news = { type: 'delta', version: 8, changes: [{ type: 'weather' }, { type: 'target', target: target('b') }] };
  const { model, told, commit } = play(init(7), { type: 'weather' } as never, news as never);
  assert.equal([told, model.version, commit], [['whole', 'none', 'changes'], 8, 'b']);
});

test("the time is the coordinator's, whatever our clock says", () => {
  const day = 86_400_000;
  const { model } = play(500, init(7, 10 * day));
  assert.is(serverTime(model, 2_500), 10 * day + 2_000);
  const synced = play(500, init(7, 10 * day), 600, { type: 'sync', version: 7, serverTime: 11 * day });
  assert.is(serverTime(synced.model, 600), 11 * day);
  assert.is(serverTime(newFeedModel(), 600), null);
});

test.run();
