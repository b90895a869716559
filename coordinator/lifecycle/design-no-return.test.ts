import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accepted, due, exited, FIRST, outcome, play, RESTARTED, sent } from './fixtures/scenario.ts';

/** The message about a restart or reboot that was not seen in time, by who is there at that moment. */

const done = exited({ exitCode: 0 });

for (const [title, op, seen, expected] of [
  ['away', 'reboot', null, 'did not come back in time'],
  ['back from the same boot id', 'reboot', RESTARTED, 'from the same boot id'],
  ['not gone at all', 'reboot', FIRST, 'did not reboot'],
  ['not restarted', 'switch', FIRST, 'was not restarted'],
] as const)
  test(`the message about a missing return says where the agent is: ${title}`, () => {
    const { command } = play(sent(op), [accepted, done, due('reconnectBy', seen)]);
    assert.is(outcome(command), 'TIMEOUT no_reconnect TIMED_OUT');
    assert.ok(command.message?.includes(expected), String(command.message));
    assert.is(command.hint?.includes('Look at the agent on the host'), seen === null);
  });

test.run();
