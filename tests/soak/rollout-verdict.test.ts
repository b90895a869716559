import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../shared/model/command.ts';
import type { RolloutView } from '../../shared/model/rollout.ts';
import { type RolloutSeen, rolloutDisagreements } from './rollout-verdict.ts';

const idAt = (hostId: string, createdAt: number): string => `${hostId}-${String(createdAt).padStart(5, '0')}`;

const command = (hostId: string, known: Partial<Command>): Command =>
  ({ id: idAt(hostId, known.createdAt ?? 0), hostId, status: 'SUCCESS', lateResult: null, ...known }) as Command;

/** A rollout of two steps over a and b, one wave each, as it should be. */
function sound(): RolloutSeen {
  const hosts = ['a', 'b'].map((name, wave) => ({
    hostId: name,
    host: name,
    wave,
    step: 1,
    commandId: idAt(name, wave === 0 ? 300 : 1_300),
    standing: 'proven',
    code: null,
  }));
  const waves = [
    { index: 0, hosts: ['a'], soakMs: 500, status: 'done', finishedAt: 1_000 },
    { index: 1, hosts: ['b'], soakMs: 0, status: 'done', finishedAt: 2_000 },
  ];
  return {
    view: { status: 'DONE', reason: null, counts: {}, hosts, waves } as unknown as RolloutView,
    commands: [
      command('a', { createdAt: 100, finishedAt: 200 }),
      command('a', { createdAt: 300, finishedAt: 400 }),
      command('b', { createdAt: 1_100, finishedAt: 1_200 }),
      command('b', { createdAt: 1_300, finishedAt: 1_400 }),
    ],
    before: new Map([['a', 7]]),
    after: new Map([
      ['a', 9],
      ['b', 2],
    ]),
    steps: 2,
    soakMs: 500,
    stoppedAt: null,
    downs: [{ from: 1_500, to: 1_800 }],
  };
}

test('a rollout that matches its hosts has no disagreement', () => {
  assert.equal(rolloutDisagreements(sound()), []);
});

const FAULTS: [string, (seen: RolloutSeen) => RolloutSeen, RegExp][] = [
  ['ended otherwise', (seen) => ({ ...seen, view: { ...seen.view, status: 'PAUSED' } }), /^PAUSED/],
  [
    'a step that ran twice',
    (seen) => ({
      ...seen,
      after: new Map([
        ['a', 10],
        ['b', 2],
      ]),
    }),
    /^a ran 3 steps/,
  ],
  [
    'a step that did not run',
    (seen) => ({
      ...seen,
      after: new Map([
        ['a', 9],
        ['b', 1],
      ]),
    }),
    /^b ran 1 steps/,
  ],
  [
    'a host that is passed off as proven',
    (seen) => ({
      ...seen,
      commands: seen.commands.map((one, index) => (index === 3 ? { ...one, status: 'ERROR' } : one)),
    }),
    /^b is proven at step 1 .* commands say failed/,
  ],
  [
    'a wave that began early',
    (seen) => ({
      ...seen,
      commands: [...seen.commands.slice(0, 2), ...seen.commands.slice(2).map((one) => ({ ...one, createdAt: 900 }))],
    }),
    /^2 commands of wave 1/,
  ],
  [
    'a soak that was cut',
    (seen) => ({
      ...seen,
      commands: seen.commands.map((one, index) => (index === 1 ? { ...one, finishedAt: 600 } : one)),
    }),
    /^wave 0 soaked 400 ms of 500/,
  ],
  [
    'a soak that ran on while no coordinator did',
    (seen) => ({ ...seen, downs: [{ from: 350, to: 900 }] }),
    /^wave 0 soaked 100 ms of 500/,
  ],
  [
    'a command that the rollout does not know',
    (seen) => ({ ...seen, commands: [...seen.commands, command('b', { createdAt: 1_450, status: 'EXECUTING' })] }),
    /^b is proven .* commands say running/,
  ],
  ['a host that began after the stop', (seen) => ({ ...seen, stoppedAt: 1_250 }), /^1 commands were made after/],
];
test('a command that was taken back in time does not count as a turn', () => {
  const seen = sound();
  const takenBack = command('a', { createdAt: 250, status: 'CANCELLED' });
  assert.equal(rolloutDisagreements({ ...seen, commands: [...seen.commands, takenBack] }), []);
});

for (const [name, change, line] of FAULTS)
  test(`it is found: ${name}`, () => {
    const found = rolloutDisagreements(change(sound()));
    assert.ok(
      found.some((one) => line.test(one)),
      found.join('\n'),
    );
  });

test.run();
