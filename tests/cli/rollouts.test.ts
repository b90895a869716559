import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListPage } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { DispatchSummary } from '../../shared/model/dispatch.ts';
import type { Rollout, RolloutHost } from '../../shared/model/rollout.ts';
import { type System, startSystem } from '../harness/system.ts';
import { run, startRun } from './fixtures/command-line.ts';

let system: System;

const CONFIG = `
[policies.weekly]
cron = "0 3 * * sun"
timezone = "Europe/Berlin"
rollout = { name = "weekly", steps = [{ op = "good" }], where = "name:web1", waves = [{ count = 1, soakMs = 0 }] }
`;

test.before(async () => {
  system = await startSystem({ config: CONFIG });
  for (const name of ['web1', 'web2', 'web3'])
    await system.addHost(name, { ops: { good: 'echo done', bad: `test ${name} != web2`, slow: 'sleep 3' } });
});
test.after(() => system.close());

const online = () =>
  waitFor('all hosts online', async () => {
    const { out } = await run(system, 'hosts --json --where online');
    return (JSON.parse(out) as { items: object[] }).items.length === 3;
  });

test('a change goes out in waves and ends in 0; a dry run only says who goes when', async () => {
  await online();
  const plan = await run(system, 'rollout start good --all --waves 1,100% --dry-run');
  assert.equal([plan.status, plan.out.split('\n').filter(Boolean).length], [0, 2], plan.err);
  const { status, out, err } = await run(system, 'rollout start good --all --yes --waves 1,1 --soak 1s');
  assert.is(status, 0, err);
  assert.match(out, /DONE/);
  assert.is(out.match(/proven/g)?.length, 3, out);
});

test('after a failure watch exits with 6: the rollout waits for a person, nothing behind it ran, and a person stops it', async () => {
  await online();
  const { status, out, err } = await run(system, 'rollout start bad --all --yes --waves 1,1,1 --soak 1s');
  assert.is(status, 6, err);
  assert.match(err, /✕ web2 {2}failed {2}wave 2 {2}bad {2}exit_nonzero {2}read: switchyard logs /);
  assert.match(err, /it waits for you: switchyard rollout resume\|retry\|stop /);
  assert.match(out, /web1 +proven/);
  assert.match(out, /web2 +failed/);
  assert.match(out, /web3 +waiting/);
  const { out: list } = await run(system, 'rollout list --json');
  const [paused] = (JSON.parse(list) as { items: Rollout[] }).items;
  assert.is(paused?.status, 'PAUSED');
  assert.is((await run(system, `rollout stop ${paused?.id}`)).status, 0);
  assert.match((await run(system, `rollout show ${paused?.id}`)).out, /web3 +skipped/);
  assert.is((await run(system, `rollout watch ${paused?.id}`)).status, 1, 'it was stopped');
  const { out: ran } = await run(system, 'commands --on web3 --op bad --json');
  assert.equal((JSON.parse(ran) as { items: object[] }).items, []);
});

test('a watch prints each change once, even over a broken connection; --json prints objects', async () => {
  await online();
  const made = await run(system, 'rollout start slow --all --yes --waves 1,1,rest --soak 1s --detach --json');
  const { id } = JSON.parse(made.out) as Rollout;
  const [text, json] = [startRun(system, `rollout watch ${id}`), startRun(system, `rollout watch ${id} --json`)];
  await waitFor(
    'both to watch',
    () => [text.soFar.err, json.soFar.out],
    (said) => said.every((one) => one.includes('RUNNING')),
  );
  await system.coordinator.kill('SIGKILL');
  await system.coordinator.start();
  const [ended, objects] = await Promise.all([text.ended, json.ended]);
  assert.equal([ended.status, objects.status], [0, 0], ended.err + objects.err);
  for (const host of ['web1', 'web2', 'web3'])
    assert.is(ended.err.match(new RegExp(`✓ ${host} {2}proven`, 'g'))?.length, 1, ended.err);
  assert.match(ended.err, /connected again/);
  const lines = objects.out.trimEnd().split('\n');
  const told = lines.map((line) => JSON.parse(line) as Partial<Rollout & RolloutHost>);
  assert.is(told.filter(({ standing }) => standing === 'proven').length, 3);
  assert.is(told.findLast(({ status }) => status !== undefined)?.status, 'DONE');
});

test('the gate’s flags and the window are in the plan; an unknown window is refused', async () => {
  const flags = '--on web1 --approve --no-presence --ignore-unit a.service,b-* --detach --json';
  const { out } = await run(system, `rollout start good ${flags}`);
  const { id, plan } = JSON.parse(out) as Rollout;
  assert.equal(plan.gate, { presence: false, ignoreUnits: ['a.service', 'b-*'] });
  const refused = await run(system, 'rollout start good --on web1 --window night');
  assert.match(refused.err, /window/);
  assert.is(refused.status, 2, refused.err);
  const waits = await run(system, 'attention');
  assert.match(waits.out, new RegExp(`good +wants approval .* switchyard rollout approve ${id}`));
  assert.is((await run(system, `rollout watch ${id}`)).status, 6);
  assert.is((await run(system, `rollout stop ${id}`)).status, 0);
});

test('a policy is listed, paused, and run now', async () => {
  assert.match(
    (await run(system, 'policy list')).out,
    /^weekly +good +0 3 \* \* sun Europe\/Berlin .*has not run yet$/m,
  );
  assert.is((await run(system, 'policy pause weekly')).status, 0);
  assert.match((await run(system, 'policy list')).out, /paused/);
  assert.is((await run(system, 'policy resume weekly')).status, 0);
  const { status, out, err } = await run(system, 'policy run weekly');
  assert.is(status, 0, err);
  assert.match(out, /weekly DONE/);
  const unknown = await run(system, 'policy run daily');
  assert.match(unknown.err, /daily/);
});

test('dispatches are listed with their commands by status', async () => {
  await run(system, 'run good --on web1,web2');
  const { out } = await run(system, 'dispatches --limit 1');
  assert.match(out, /^good +2 hosts +\S.* ago +admin +\S+ +2 SUCCESS$/m);
  const { items, next } = JSON.parse(
    (await run(system, 'dispatches --limit 2 --json')).out,
  ) as ListPage<DispatchSummary>;
  assert.is(items.length, 2);
  assert.is(next, items[1]?.id);
});

test('the dispatches of one rollout are those of its commands', async () => {
  await online();
  const made = await run(system, 'rollout start good slow --on web1,web2 --yes --waves 1,1 --soak 0s --json');
  const { items: rollouts } = JSON.parse((await run(system, 'rollout list --limit 1 --json')).out) as ListPage<Rollout>;
  const id = rollouts[0]?.id;
  assert.is(made.status, 0, made.err);
  await run(system, 'run good --on web3');
  const { out } = await run(system, `dispatches --rollout ${id} --json`);
  const ops = (JSON.parse(out) as ListPage<DispatchSummary>).items.map(({ op, statuses }) => [op, statuses.SUCCESS]);
  assert.equal(ops, [
    ['slow', 1],
    ['good', 1],
    ['slow', 1],
    ['good', 1],
  ]);
});

test('a host in maintenance is passed over', async () => {
  await run(system, 'maintenance --where name:web2 --for 1h --reason disk');
  const { out, status } = await run(system, 'rollout start good --all --yes --waves 100% --soak 0s');
  assert.match(out, /web2 +deferred +in_maintenance/);
  assert.is(status, 5, 'nothing ran on one of them');
  assert.is((await run(system, 'maintenance web2 --end')).status, 0);
});

test.run();
