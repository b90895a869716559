import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type PostgresServer, startPostgres } from '../../coordinator/store/postgres/fixtures/server.ts';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Api, createApi } from '../harness/api.ts';
import { type Deeds, openDeeds } from '../harness/deeds.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { startHost, type TestHost } from '../harness/host.ts';
import { rolloutsOf } from '../harness/rollouts.ts';
import { freePort } from '../harness/shared-database.ts';
import { baseEnv } from '../harness/system.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { hostsUnfit } from './booted-host.ts';
import { bootCoordinator, type CoordinatorHost } from './coordinator-host.ts';

/**
 * Two machines with the coordinator's unit, set up by the commands of docs/high-availability.md, on a real PostgreSQL and behind its HAProxy.
 * Two agents know the balancer's name, two the list of both coordinators.
 */

const TOKEN = 'the-admin-token-of-both-machines';
const PASSWORD = 'a-password-of-the-database';
/** Limits of docs/high-availability.md. */
const LEADS_WITHIN_MS = 15_000;
const BACK_FROM_SILENCE_MS = 75_000;
/** The limit for a lead that was given back. */
const HANDED_OVER_WITHIN_MS = 5_000;

const LINES = Array.from({ length: 40 }, (_, index) => `${index}\n`).join('');
const OPS = {
  steady: 'i=0; while [ $i -lt 40 ]; do echo $i; i=$((i+1)); sleep 0.1; done',
  second: 'echo second',
};

type Scene = {
  dir: string;
  server: PostgresServer;
  members: readonly [CoordinatorHost, CoordinatorHost];
  balancer: Balancer;
  api: Api;
  hosts: readonly TestHost[];
  deeds: Deeds;
};

async function setUp(): Promise<Scene> {
  const dir = makeFolder('switchyard-coordinators-');
  closing.push(async () => void (await clearFolder(dir)));
  const server = await startPostgres({ port: await freePort() });
  closing.push(server.end);
  await server.url('switchyard');
  const bootOne = async (name: string, link: number) => {
    const member = await bootCoordinator({
      name,
      link,
      token: TOKEN,
      databasePort: server.port,
      storeUrl: (at) => `postgres://switchyard:${PASSWORD}@${at}/switchyard`,
    });
    closing.push(member.close);
    return member;
  };
  const members = [await bootOne('one', 0), await bootOne('two', 1)] as const;
  const addresses = members.map(({ address }) => address);
  const balancer = await startBalancer(addresses);
  closing.push(balancer.close);
  const [address = '', ...others] = addresses;
  const api = createApi({ address, others, token: TOKEN });
  await leaderOf(members);
  const deeds = openDeeds(dir);
  const ops = Object.fromEntries(Object.entries(OPS).map(([name, script]) => [name, deeds.recorded(script)]));
  const program = join(dir, 'agent.js');
  writeFileSync(program, await agentBundle(''));
  const hosts: TestHost[] = [];
  for (const [index, name] of ['web1', 'web2', 'web3', 'web4'].entries()) {
    const way = index % 2 === 0 ? balancer.address : addresses.join(',');
    const host = await startHost({ name, dir: join(dir, name), api, address: way, program, ops, env: baseEnv(dir) });
    closing.push(async () => {
      await host.agent.stop();
      host.tidy();
    });
    hosts.push(host);
    await host.online();
  }
  return { dir, server, members, balancer, api, hosts, deeds };
}

const isReady = async ({ address }: { address: string }): Promise<boolean> =>
  await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

async function leaderOf(members: Scene['members'], not?: CoordinatorHost): Promise<CoordinatorHost> {
  const others = members.filter((member) => member !== not);
  const look = async () => {
    for (const member of others) if (await isReady(member)) return member;
    return null;
  };
  return (await waitFor('a leader', look)) as CoordinatorHost;
}

async function refusalOf({ address }: CoordinatorHost): Promise<unknown[]> {
  const answer = await fetch(`${address}/api/hosts`, { signal: AbortSignal.timeout(1_000) });
  const { code, leader } = (await answer.json()) as { code?: string; leader?: string };
  return [answer.status, code, leader];
}

const online = (hosts: readonly TestHost[]) => Promise.all(hosts.map((host) => host.online()));

const closing: (() => Promise<unknown>)[] = [];
let scene: Scene;
const unfit = (await hostsUnfit()) ?? toolMissing('pg_ctlcluster') ?? toolMissing('haproxy');
if (!unfit) {
  test.before(async () => {
    scene = await setUp().catch((error) => {
      // uvu would drop the error.
      console.log(error);
      throw error;
    });
  });
  test.after(async () => {
    for (const close of closing.reverse()) await close();
  });
}
const declare = testUnless([unfit]);
const hostTest = (title: string, body: (given: Scene) => Promise<void>) =>
  declare(title, async () => {
    try {
      await body(scene);
    } catch (error) {
      for (const member of scene.members) console.log((await member.journal().catch(String)).slice(-6_000));
      throw error;
    }
  });

hostTest(
  'one coordinator leads, the other names it, and the password stays in the credential',
  async ({ members, balancer }) => {
    const leader = await leaderOf(members);
    const [other] = members.filter((member) => member !== leader);
    if (!other) throw new Error('there is no other');
    await waitFor('the leader is named', async () => (await refusalOf(other))[2] === leader.address);
    assert.equal(await refusalOf(other), [503, 'standby', leader.address]);
    assert.is((await fetch(`${balancer.address}/readyz`)).status, 200, 'the one name leads to the leader');
    assert.match(await leader.journal(), /the database confirms a commit before another machine has it/);
    for (const { machine, journal } of members) {
      const pid = await machine.shell('systemctl show --property=MainPID --value switchyard-coordinator');
      const told = await machine.shell(
        `cat /proc/${pid}/cmdline /proc/${pid}/environ; systemctl cat switchyard-coordinator`,
      );
      assert.not.match(`${told}${await journal()}`, PASSWORD);
      const user = await machine.shell(`stat --format=%u /proc/${pid}`);
      assert.is.not(user, '0');
      const tries = `setpriv --reuid=65534 --clear-groups cat /etc/switchyard/store /run/credentials/switchyard-coordinator.service/store || true`;
      assert.is(await machine.shell(tries), '', 'nobody else reads it');
    }
  },
);

hostTest(
  'the leader’s machine is powered off in the middle of a rollout: the other leads, and no step is lost or run twice',
  async ({ members, api, hosts, deeds }) => {
    const rollouts = rolloutsOf(api);
    const leader = await leaderOf(members);
    const names = hosts.map(({ name }) => name);
    const id = await rollouts.start({
      steps: [{ op: 'steady' }, { op: 'second' }],
      hosts: names,
      waves: [1, 2, 1].map((count) => ({ count, soakMs: 1_000 })),
    });
    const running = async () => (await api.commands('?limit=100')).filter(({ status }) => status === 'EXECUTING');
    await waitFor(
      'the second wave',
      async () => (await running()).length === 2 && (await running()).every(({ output }) => output.bytes > 0),
    );

    const since = Date.now();
    await leader.machine.powerCut();
    const next = await leaderOf(members, leader);
    const ledAfter = Date.now() - since;
    await online(hosts);
    const backAfter = Date.now() - since;
    console.log(`\n# another led after ${ledAfter} ms, all agents were back after ${backAfter} ms`);
    assert.ok(ledAfter <= LEADS_WITHIN_MS, `${ledAfter} ms`);
    assert.ok(backAfter <= BACK_FROM_SILENCE_MS, `${backAfter} ms`);

    const rollout = await rollouts.settled(id);
    assert.equal([rollout.status, rollout.counts.proven], ['DONE', names.length], JSON.stringify(rollout.hosts));
    const ran = (await api.commands('?limit=100')).filter(({ op }) => op in OPS);
    assert.is(ran.length, 2 * names.length);
    for (const { id: commandId, op, status, output } of ran) {
      assert.equal([status, output.bytes === output.total], ['SUCCESS', true], op);
      assert.equal([deeds.of(commandId).starts, deeds.of(commandId).ends], [1, [0]], op);
      assert.is((await api.output(commandId)).toString(), op === 'steady' ? LINES : 'second\n');
    }

    await leader.boot();
    await waitFor('it stands by', async () => (await refusalOf(leader))[2] === next.address);
    assert.equal(
      await refusalOf(leader),
      [503, 'standby', next.address],
      'the machine that comes back leaves the lead where it is',
    );
  },
);

hostTest(
  'in an upgrade one at a time, the standby comes first and then the leader hands over',
  async ({ members, api, hosts }) => {
    const leader = await leaderOf(members);
    const [other] = members.filter((member) => member !== leader);
    if (!other) throw new Error('there is no other');
    await other.machine.shell('systemctl restart switchyard-coordinator');
    await waitFor('the standby is back', async () => (await refusalOf(other))[1] === 'standby');
    assert.ok(await isReady(leader));
    const dispatched = await api.dispatch({ op: 'steady', hosts: hosts.map(({ name }) => name) });
    const ids = (dispatched.answer.results ?? []).map(({ commandId }) => commandId);
    await waitFor('all work', async () =>
      (await Promise.all(ids.map(api.command))).every(({ output }) => output.bytes > 0),
    );
    const since = Date.now();
    await leader.machine.shell('systemctl stop switchyard-coordinator');
    assert.is(await leaderOf(members), other);
    const ledAfter = Date.now() - since;
    await online(hosts);
    console.log(`\n# handed over in ${ledAfter} ms, all agents were back after ${Date.now() - since} ms`);
    assert.ok(ledAfter <= HANDED_OVER_WITHIN_MS, `${ledAfter} ms`);
    for (const id of ids) {
      const ended = await waitFor(
        'the end',
        () => api.command(id),
        ({ status, output }) => status === 'SUCCESS' && output.bytes === LINES.length,
      );
      assert.is(ended.history.filter(({ to }) => to === 'SUCCESS').length, 1);
      assert.is((await api.output(id)).toString(), LINES);
    }
    await leader.machine.shell('systemctl start switchyard-coordinator');
    await waitFor('it stands by', async () => (await refusalOf(leader))[2] === other.address);
  },
);

test.run();
