import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Rollout } from '../../shared/rollout.ts';
import { type System, startSystem } from '../harness/system.ts';
import { run } from './fixtures/command-line.ts';

let system: System;

test.before(async () => {
  system = await startSystem();
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

test('a failure stops it with 1: nothing behind it ran, and a person ends it', async () => {
  await online();
  const { status, out, err } = await run(system, 'rollout start bad --all --yes --waves 1,1,1 --soak 1s');
  assert.is(status, 1, err);
  assert.match(out, /web1 +proven/);
  assert.match(out, /web2 +failed/);
  assert.match(out, /web3 +waiting/);
  const { out: list } = await run(system, 'rollout list --json');
  const [paused] = (JSON.parse(list) as { items: Rollout[] }).items;
  assert.is(paused?.status, 'PAUSED');
  assert.is((await run(system, `rollout stop ${paused?.id}`)).status, 0);
  assert.match((await run(system, `rollout show ${paused?.id}`)).out, /web3 +skipped/);
  const { out: ran } = await run(system, 'commands --on web3 --op bad --json');
  assert.equal((JSON.parse(ran) as { items: object[] }).items, []);
});

test('a host in maintenance is passed over', async () => {
  await run(system, 'maintenance web2 --for 1h --reason disk');
  const { out } = await run(system, 'rollout start good --all --yes --waves 100% --soak 0s');
  assert.match(out, /web2 +deferred +in_maintenance/);
  assert.is((await run(system, 'maintenance web2 --end')).status, 0);
});

test.run();
