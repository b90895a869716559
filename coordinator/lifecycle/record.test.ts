import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Status } from '../../shared/model/command.ts';
import { sampleCommand } from './fixtures/sample.ts';
import { cancel, hello, play, queued } from './fixtures/scenario.ts';
import { type CommandRecord, isOnHost, isUnderWay, neverRan } from './record.ts';

const record = (status: Status, open: boolean, completion: 'exit' | null = 'exit') =>
  ({ command: sampleCommand({ status }), policy: { completion }, open }) as CommandRecord;

test("a command is on its host until the host's final frame, and under way until its end here", () => {
  const table: [record: CommandRecord, underWay: boolean, onHost: boolean][] = [
    [record('QUEUED', false), false, false],
    [record('PENDING', true), true, true],
    [record('EXECUTING', true), true, true],
    [record('AWAITING_POST_CHECK', false), true, true],
    [record('TIMEOUT', true), false, true],
    [record('SUCCESS', false), false, false],
    [record('PENDING', true, null), false, false],
  ];
  for (const [one, underWay, onHost] of table) {
    const { status } = one.command;
    assert.is(isUnderWay(one), underWay, status);
    assert.is(isOnHost(one), onHost, status);
  }
});

test('after the store was put back, a queued command that its host lists may have run although it is cancelled', () => {
  const told = (happenings: Parameters<typeof play>[1]) => neverRan(play(queued(), happenings).record);
  assert.equal([told([cancel]), told([hello('running', { putBack: true }), cancel])], [true, false]);
});

test.run();
