import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADMIN } from '../../auth/principal.ts';
import { commitOf, withPolicy } from '../fixtures/policy-fleet.ts';

const MINUTE = 60_000;

test('each new commit of the target starts one rollout; the first known one starts none', async () => {
  const { fleet, target, policy, made, restart } = withPolicy({ on: 'target' });
  await target('a');
  await restart();
  assert.equal([await made(), policy().commit], [[], commitOf('a')]);
  await target('b');
  const [first] = await made();
  assert.equal(
    [first?.createdBy, first?.name, first?.status, policy().rolloutId, policy().commit],
    ['policy:follow', 'follow', 'RUNNING', first?.id, commitOf('b')],
  );
  assert.is(fleet.rig.command(fleet.running('h0') ?? '').requestedBy, 'policy:follow');
  fleet.end('h0');
  fleet.end('h1');
  await target('b');
  await restart();
  assert.equal(
    (await made()).map(({ status }) => status),
    ['DONE'],
  );
  fleet.rig.close();
});

test('the newest of the commits made while the coordinator was down starts a rollout', async () => {
  const { fleet, target, policy, made, pass } = withPolicy({ on: 'target' });
  await target('a');
  fleet.restart();
  fleet.rig.setTarget({
    commit: commitOf('d'),
    lockHash: null,
    branch: 'main',
    source: 'r',
    checkedAt: 1,
    error: null,
  });
  await pass(20_000);
  assert.equal(await made(), [], 'hosts have had no time to come back');
  fleet.connect('h0', 'h1');
  await pass(90_000);
  assert.equal([(await made()).length, policy().commit], [1, commitOf('d')]);
  fleet.rig.close();
});

test('a running rollout goes on, and the newest of the commits made meanwhile follows it', async () => {
  const { fleet, target, policy, statuses, pass } = withPolicy({ on: 'target' });
  await target('a');
  await target('b');
  await target('c');
  await target('d');
  assert.equal([await statuses(), policy().waiting?.code], [['RUNNING'], 'rollout_state']);
  fleet.end('h0');
  fleet.end('h1');
  await pass(MINUTE);
  assert.equal([await statuses(), policy().commit, policy().waiting], [['DONE', 'RUNNING'], commitOf('d'), null]);
  fleet.rig.close();
});

test('a newer commit replaces an unapproved rollout and one paused by failures', async () => {
  const waiting = withPolicy({ on: 'target' }, { approve: true });
  await waiting.target('a');
  await waiting.target('b');
  await waiting.target('c');
  const [old, next] = await waiting.made();
  assert.equal([old?.status, old?.reason?.code, next?.status], ['STOPPED', 'superseded', 'AWAITING_APPROVAL']);
  waiting.fleet.rig.close();

  const { fleet, target, statuses } = withPolicy({ on: 'target' }, { maxParallel: 1 });
  await target('a');
  await target('b');
  fleet.end('h0', 1);
  assert.equal(await statuses(), ['PAUSED']);
  await target('c');
  assert.equal(await statuses(), ['STOPPED', 'RUNNING']);
  fleet.rig.close();
});

test("a newer commit waits for a person's pause, even once a host failed in it", async () => {
  const { fleet, target, policy, made, statuses } = withPolicy({ on: 'target' }, { maxParallel: 1 });
  await target('a');
  await target('b');
  const id = (await made())[0]?.id ?? '';
  fleet.accept('h0');
  await fleet.decide(id, { type: 'pause' });
  fleet.end('h0', 1);
  assert.is((await fleet.view(id)).reason?.code, 'failures');
  await target('c');
  assert.equal([await statuses(), policy().waiting?.code], [['PAUSED'], 'rollout_state']);
  fleet.rig.close();
});

test('a run that cannot begin stays due, says why once and begins when it can', async () => {
  const { fleet, target, policy, statuses, pass } = withPolicy({ on: 'target' });
  await target('a');
  const person = fleet.start({ hosts: ['h1'] });
  const { create } = fleet.rig.rollouts;
  let tries = 0;
  fleet.rig.rollouts.create = (...given) => {
    tries += 1;
    return create(...given);
  };
  await target('b');
  await pass(5 * MINUTE);
  assert.is(policy().waiting?.code, 'rollout_overlap');
  assert.ok(tries > 5 && tries < 25, `it was tried ${tries} times`);
  const told = () => fleet.rig.store.events.list({ first: 'newest', limit: 100 }).items;
  assert.is(told().filter(({ code }) => code === 'policy_waits').length, 1);
  await fleet.decide(person, { type: 'stop' });
  await pass(MINUTE);
  assert.equal([await statuses(), policy().waiting], [['STOPPED', 'RUNNING'], null]);
  fleet.rig.close();
});

test('a paused policy starts no rollout, even after a restart; a person can still run it', async () => {
  const { fleet, target, policy, statuses, settle, restart, pass } = withPolicy({ on: 'target' });
  await target('a');
  await settle(fleet.rig.policies.pause('follow', ADMIN));
  await restart();
  await target('b');
  assert.equal([policy().paused, await statuses()], [true, []]);
  await settle(fleet.rig.policies.run('follow', ADMIN));
  await pass(5_000);
  assert.equal(await statuses(), ['RUNNING']);
  const again = await settle(
    fleet.rig.policies.run('follow', ADMIN).then(
      () => null,
      (error: { code: string }) => error.code,
    ),
  );
  assert.is(again, 'rollout_state');
  fleet.end('h0');
  fleet.end('h1');
  await target('c');
  assert.equal(await statuses(), ['DONE']);
  await settle(fleet.rig.policies.resume('follow', ADMIN));
  await pass(MINUTE);
  assert.equal(await statuses(), ['DONE', 'RUNNING']);
  fleet.rig.close();
});

test("a person without a grant on the policy's hosts runs and stops nothing", async () => {
  const { fleet, target, policy, statuses, settle } = withPolicy({ on: 'target' }, { maxParallel: 1 });
  await target('a');
  await target('b');
  fleet.end('h0', 1);
  assert.equal(await statuses(), ['PAUSED']);
  await settle(fleet.rig.policies.pause('follow', ADMIN));
  await target('c');
  const other = { ...ADMIN, grants: [{ role: 'operator' as const, tags: ['elsewhere'] }] };
  const refused = await settle(
    fleet.rig.policies.run('follow', other).then(
      () => null,
      (error: { code: string }) => error.code,
    ),
  );
  assert.equal([refused, await statuses(), policy().commit], ['forbidden', ['PAUSED'], commitOf('b')]);
  fleet.rig.close();
});

test('a person without a grant on a later host stops nothing either', async () => {
  const plan = { hosts: undefined, where: 'name:h*', approve: true };
  const { fleet, target, statuses, settle } = withPolicy({ on: 'target' }, plan);
  for (const host of fleet.rig.roster.all()) host.tags = ['web'];
  await target('a');
  await target('b');
  await settle(fleet.rig.policies.pause('follow', ADMIN));
  fleet.rig.addHost('h2');
  await target('c');
  const other = { ...ADMIN, grants: [{ role: 'operator' as const, tags: ['web'] }] };
  const refused = await settle(
    fleet.rig.policies.run('follow', other).then(
      () => null,
      (error: { code: string }) => error.code,
    ),
  );
  assert.equal([refused, await statuses()], ['forbidden', ['AWAITING_APPROVAL']]);
  fleet.rig.close();
});

test.run();
