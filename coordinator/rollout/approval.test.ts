import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { APPROVAL_LAPSES_MS } from '../../shared/model/rollout.ts';
import { due, look, play, rolloutOf, START, waveWith } from './fixtures/scenario.ts';

const AT = START + 1_000;
const asks = { wave: { due: [due('h0')] } };

test("a wave's approval that nobody gives lapses after a time from its request", () => {
  const before = rolloutOf({}, { waves: [waveWith(0, { approve: true })] });
  const waiting = play(before, [look({ ...asks, at: AT }), look({ ...asks, at: AT + APPROVAL_LAPSES_MS - 1 })]);
  const { status, reason } = waiting.record.rollout;
  assert.equal([status, reason?.until], ['RUNNING', AT + APPROVAL_LAPSES_MS]);
  const lapsed = play(waiting.record, [look({ ...asks, at: AT + APPROVAL_LAPSES_MS })]).record.rollout;
  assert.equal(
    [lapsed.status, lapsed.reason?.code, lapsed.reason?.message],
    ['STOPPED', 'approval', 'nobody approved its wave 1 within 7 days'],
  );
  const resumed = play(waiting.record, [
    { type: 'pause', at: AT + 1, actor: 'admin' },
    {
      type: 'resume',
      at: AT + 2 * APPROVAL_LAPSES_MS,
      actor: 'admin',
      skipFailed: false,
      failed: 0,
      against: 0,
      broken: [],
    },
    look({ ...asks, at: AT + 2 * APPROVAL_LAPSES_MS }),
  ]);
  assert.is(resumed.record.rollout.status, 'RUNNING', 'it asks again');
});

test.run();
