import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADMIN } from '../../auth/principal.ts';
import { NOON, withPolicy } from '../fixtures/policy-fleet.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('cron starts runs at its times; times that pass during an active rollout make one run', async () => {
  const { fleet, policy, statuses, made, pass } = withPolicy(
    { cron: '30 22 * * *', timezone: 'Europe/Berlin' },
    { approve: true },
  );
  const first = Date.parse('2026-06-01T20:30Z');
  await pass(MINUTE);
  assert.is(policy().nextAt, first);
  await pass(8 * HOUR, 20 * MINUTE);
  assert.equal(await statuses(), []);
  await pass(HOUR, 10 * MINUTE);
  assert.equal([await statuses(), policy().lastRunAt], [['AWAITING_APPROVAL'], first]);
  await pass(50 * HOUR, HOUR);
  assert.equal([await statuses(), policy().waiting?.code], [['AWAITING_APPROVAL'], 'rollout_state']);
  await fleet.decide((await made())[0]?.id ?? '', { type: 'stop' });
  await pass(5 * HOUR, 10 * MINUTE);
  assert.equal(await statuses(), ['STOPPED', 'AWAITING_APPROVAL']);
  fleet.rig.close();
});

test('times that passed while the coordinator was down make one run', async () => {
  const { fleet, statuses, restart, pass } = withPolicy({ cron: '30 22 * * *', timezone: 'Europe/Berlin' });
  await pass(MINUTE);
  fleet.rig.clock.setWall(fleet.rig.clock.now() + 72 * HOUR);
  await restart();
  assert.equal(await statuses(), ['RUNNING']);
  fleet.end('h0');
  fleet.end('h1');
  await pass(HOUR, 10 * MINUTE);
  assert.equal(await statuses(), ['DONE']);
  fleet.rig.close();
});

test('a clock set back repeats no time', async () => {
  const { fleet, statuses, pass } = withPolicy({ cron: '0 13 * * *', timezone: 'UTC' });
  await pass(58 * MINUTE, 29 * MINUTE);
  await pass(90_000);
  fleet.end('h0');
  fleet.end('h1');
  fleet.rig.clock.setWall(NOON);
  await pass(2 * HOUR, 20 * MINUTE);
  assert.equal(await statuses(), ['DONE']);
  fleet.rig.close();
});

test('times that pass during a pause are not made up for', async () => {
  const { fleet, policy, statuses, settle, pass } = withPolicy({ cron: '0 13 * * *', timezone: 'UTC' });
  await settle(fleet.rig.policies.pause('follow', ADMIN));
  assert.is(policy().nextAt, null);
  await pass(2 * HOUR, 20 * MINUTE);
  await settle(fleet.rig.policies.resume('follow', ADMIN));
  await pass(HOUR, 10 * MINUTE);
  assert.equal(await statuses(), []);
  assert.is(policy().nextAt, NOON + 25 * HOUR);
  fleet.rig.close();
});

test.run();
