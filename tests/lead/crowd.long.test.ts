import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import type { ListPage } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Host } from '../../shared/model/host.ts';
import { type Deeds, openDeeds } from '../harness/deeds.ts';
import { shareSystem } from '../harness/shared-system.ts';
import type { System } from '../harness/system.ts';
import { BACK_FROM_SILENCE_MS, BACK_WITHIN_MS, LEADS_WITHIN_MS, LINES, leaderOf, type Member, OPS } from './scene.ts';

/** Forty real agents with running commands change to the next leader. */

const NAMES = Array.from({ length: 40 }, (_, index) => `host${index}`);
const AT_ONCE = 4;

let deeds: Deeds;
const inSystem = shareSystem(test, { coordinators: 2 });

/** Registers and starts them, a few at a time. */
async function addAll(system: System): Promise<void> {
  deeds = openDeeds(system.dir);
  const ops = Object.fromEntries(Object.entries(OPS).map(([name, script]) => [name, deeds.recorded(script)]));
  const left = [...NAMES];
  const some = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await system.addHost(name, { ops });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

/** Resolves once all agents are online there, to the milliseconds that each took. */
async function allBack(next: Member, since: number): Promise<number[]> {
  const back = new Map<string, number>();
  const look = async () => {
    const answer = await next.coordinator.api.send('/api/hosts?limit=500');
    for (const { name, online } of ((await answer.json()) as ListPage<Host>).items)
      if (online && !back.has(name)) back.set(name, Date.now() - since);
    return back.size;
  };
  await waitFor('all agents', look, (size) => size === NAMES.length, 120_000);
  return [...back.values()].sort((one, other) => one - other);
}

async function throughTakeover(
  system: System,
  what: string,
  backWithinMs: number,
  lose: (leader: Member) => Promise<() => Promise<void>>,
): Promise<void> {
  const leader = await leaderOf(system);
  const { answer } = await system.api.dispatch({ op: 'steady', hosts: NAMES });
  const ids = (answer.results ?? []).map(({ commandId }) => commandId);
  assert.is(ids.length, NAMES.length);
  await Promise.all(ids.map((id) => system.command(id, ({ output }) => output.bytes > 0)));
  const since = Date.now();
  const comeBack = await lose(leader);
  const next = await leaderOf(system, (member) => member !== leader);
  const ledAfter = Date.now() - since;
  const times = await allBack(next, since).finally(comeBack);
  console.log(`\n# ${what}: led after ${ledAfter} ms; agents back: half ${times[19]} ms, all ${times.at(-1)} ms`);
  assert.ok(ledAfter <= LEADS_WITHIN_MS, `${ledAfter} ms`);
  assert.ok((times.at(-1) ?? 0) <= backWithinMs, `${times.at(-1)} ms`);
  for (const id of ids) {
    const { status, exitCode, output } = await system.command(id);
    assert.equal([status, exitCode, output.bytes, deeds.of(id).starts], ['ERROR', 3, LINES.length, 1]);
    assert.is((await system.api.output(id)).toString(), LINES);
  }
}

postgresTest(
  'forty agents are back in time after the leader was killed, and after it was stopped',
  inSystem(async (system) => {
    await addAll(system);
    await throughTakeover(system, 'kill -9', BACK_WITHIN_MS, async ({ coordinator }) => {
      await coordinator.kill('SIGKILL');
      return () => coordinator.start();
    });
    await throughTakeover(system, 'SIGSTOP', BACK_FROM_SILENCE_MS, async ({ coordinator }) => {
      const pid = coordinator.pid();
      process.kill(pid, 'SIGSTOP');
      return async () => void process.kill(pid, 'SIGCONT');
    });
  }),
);

test.run();
