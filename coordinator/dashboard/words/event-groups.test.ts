import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../../shared/model/event.ts';
import { groupEvents, groupInWords } from './event-groups.ts';

const event = (id: number, code: string, at = 0): Event => ({
  id,
  at,
  level: 'info',
  category: 'system',
  actor: 'system',
  address: null,
  commandId: null,
  next: null,
  code,
  hostId: `h${id}`,
  message: `${code} of h${id}`,
});

test('45 hosts that came back after a restart are one line; events between them keep their own', () => {
  const back = Array.from({ length: 45 }, (_, n) => event(100 - n, 'host_online', 1_000));
  const groups = groupEvents([event(200, 'dispatched', 2_000), ...back, event(1, 'host_online', -90_000)]);
  assert.equal(
    groups.map(({ id, events }) => [id, events.length]),
    [
      [200, 1],
      [56, 45],
      [1, 1],
    ],
  );
  const group = groups[1];
  assert.is(group && groupInWords(group, (id) => id), '45 hosts are online: h100, h99, h98 and 42 more');
});

test('three are read one by one, and commands always', () => {
  const some = [event(9, 'host_online'), event(8, 'host_online'), event(7, 'host_online')];
  assert.is(groupEvents(some).length, 3);
  assert.is(groupEvents(Array.from({ length: 9 }, (_, n) => event(9 - n, 'exited'))).length, 9);
});

test.run();
