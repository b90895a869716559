import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dispatchOf } from './dispatch-of.ts';

/** A coordinator with these answers by path; null: 404. */
const clientOf = (answers: Record<string, object>) => ({
  json: async (path: string) => {
    const body = answers[path];
    return { status: body ? 200 : 404, body } as never;
  },
});

const ids = (commands: readonly { id: string }[] | undefined) => commands?.map(({ id }) => id);

test('all pages of a dispatch are joined; an older coordinator has only one', async () => {
  const client = clientOf({
    '/api/dispatches/d': { op: 'pull', commands: [{ id: 'a' }, { id: 'b' }], next: 'b' },
    '/api/dispatches/d?after=b': { op: 'pull', commands: [{ id: 'c' }], next: 'c' },
    '/api/dispatches/d?after=c': { op: 'pull', commands: [{ id: 'd' }], next: null },
    '/api/dispatches/old': { op: 'pull', commands: [{ id: 'a' }] },
  });
  assert.equal(ids((await dispatchOf(client, 'd'))?.commands), ['a', 'b', 'c', 'd']);
  assert.equal(ids((await dispatchOf(client, 'old'))?.commands), ['a']);
  assert.is(await dispatchOf(client, 'none'), null);
});

test.run();
