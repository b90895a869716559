import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DispatchView } from '../../../shared/api/resources.ts';
import { startTestApp } from '../../fixtures/test-app.ts';
import { PAGE_BYTES } from '../../store/page-budget.ts';

test('a dispatch with long commands comes in pages', async () => {
  const app = await startTestApp();
  try {
    const hosts = ['a', 'b', 'c', 'd', 'e'];
    for (const name of hosts) await app.addHost(name);
    const { dispatchId, results } = await app.dispatch({ op: 'check-version', hosts });
    const ids = results.map(({ commandId }) => commandId);
    for (const id of ids) {
      const record = app.store.commands.get(id ?? '');
      if (!record) throw new Error(`no command ${id}`);
      app.store.commands.save({ ...record, command: { ...record.command, message: 'm'.repeat(PAGE_BYTES / 3) } });
    }
    const url = `/api/dispatches/${dispatchId}`;
    const first = (await app.request('GET', url)).body as DispatchView;
    assert.equal(
      first.commands.map(({ id }) => id),
      ids.slice(0, 2),
    );
    assert.is(first.results.length, 5);
    assert.is(first.next, ids[1]);
    const second = (await app.request('GET', `${url}?after=${first.next}`)).body as typeof first;
    assert.equal([second.commands.length, second.results.length, second.next], [2, 0, ids[3]]);
    const third = (await app.request('GET', `${url}?after=${second.next}`)).body as typeof first;
    assert.equal([third.commands.length, third.next], [1, null]);
  } finally {
    await app.close();
  }
});

test.run();
