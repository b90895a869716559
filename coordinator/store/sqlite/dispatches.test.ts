import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Dispatch } from '../../../shared/model/dispatch.ts';
import { SAMPLE_HOST, sampleId } from '../../lifecycle/fixtures/sample.ts';
import { withStore } from '../fixtures/records.ts';

const DISPATCH: Dispatch = {
  id: sampleId(7),
  op: 'pull',
  requestedBy: 'admin',
  createdAt: 5,
  results: [
    {
      hostId: SAMPLE_HOST,
      host: 'web1',
      commandId: sampleId(1),
      status: 'BLOCKED',
      code: 'host_offline',
      message: 'The host is offline',
      alternative: null,
    },
  ],
};

test('a dispatch is read back as it was answered', () =>
  withStore(({ dispatches }) => {
    dispatches.save(DISPATCH);
    assert.equal(dispatches.get(DISPATCH.id), DISPATCH);
    assert.is(dispatches.get(sampleId(8)), null);
  }));

const ANSWER = { actor: 'admin', key: 'k', bodyHash: 'h', status: 202, answer: '{"a":1}', at: 100 };

test('an answer is kept for its actor and key, as long as it counts', () =>
  withStore(({ dispatches }) => {
    dispatches.keepAnswer(ANSWER);
    assert.equal(dispatches.keptAnswer('admin', 'k', 100), ANSWER);
    assert.is(dispatches.keptAnswer('admin', 'k', 101), null, 'too old');
    assert.is(dispatches.keptAnswer('other', 'k', 0), null);
    assert.is(dispatches.keptAnswer('admin', 'K', 0), null);
  }));

test('the key of an answer that no longer counts can be used again', () =>
  withStore(({ dispatches }) => {
    dispatches.keepAnswer(ANSWER);
    dispatches.keepAnswer({ ...ANSWER, bodyHash: 'other', at: 900 });
    assert.is(dispatches.keptAnswer('admin', 'k', 500)?.bodyHash, 'other');
  }));

test.run();
