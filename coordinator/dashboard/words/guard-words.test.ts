import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { Guard } from '../../../shared/ops/guard.ts';
import { guardSentence, mayDecide } from './guard-words.ts';

const NOW = 1_000_000;
const command = (more: Partial<Command> = {}) =>
  ({
    id: 'this',
    status: 'AWAITING_RECONNECT',
    evidence: { guarded: true },
    decision: null,
    verdict: null,
    ...more,
  }) as Command;
/** Its clock is an hour ahead; it last reported 10 s ago. */
const host = (state: Guard['state'], commandId = 'this', deadline: number | null = NOW + 3_600_000 + 50_000) =>
  ({
    lastSeenAt: NOW - 10_000,
    report: { sampledAt: NOW + 3_600_000 - 10_000, guard: { commandId, state, deadline, message: null } },
  }) as unknown as Host;

const sentence = (on: Host, now: number): string => guardSentence(command(), on, now) ?? '';

test("the countdown goes by the time left on the host's clock", () => {
  assert.match(sentence(host('activated'), NOW), /goes back in 0:50 unless it is kept/);
  assert.match(sentence(host('activated'), NOW + 60_000), /goes back now/);
  assert.match(sentence(host('activated', 'this', null), NOW), /goes back unless/);
});

test('each state of a guard is shown, and only for its own command', () => {
  const says = (state: Guard['state'], commandId?: string) => sentence(host(state, commandId), NOW);
  assert.match(says('held'), /held for up to 24 h/);
  assert.match(says('undoing'), /is going back/);
  assert.match(says('failed'), /could not go back/);
  assert.match(says('held', 'another'), /goes back by itself/);
  assert.is(guardSentence(command({ status: 'SUCCESS' }), host('held', 'another'), NOW), null);
});

test('a person may decide until somebody has', () => {
  assert.ok(mayDecide(command(), host('activated')));
  assert.ok(mayDecide(command({ status: 'CANCELLED' }), host('held')));
  assert.ok(mayDecide(command(), undefined));
  assert.not(mayDecide(command(), host('undoing')));
  assert.not(mayDecide(command({ decision: { word: 'keep', actor: 'ann', at: 1 } }), host('activated')));
  assert.not(
    mayDecide(command({ evidence: { guarded: true, failure: { code: 'activation_failed', message: '' } } }), undefined),
  );
});

test.run();
