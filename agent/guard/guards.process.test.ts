import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { GuardEnd } from '../../shared/ops/guard.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { createGuardHost, type GuardHost } from './fixtures/guard-host.ts';
import type { GuardPlan } from './guard-plan.ts';
import { type GuardStore, guardStore } from './guard-store.ts';
import { createGuards, type Guards } from './guards.ts';

const lines: string[] = [];
const log = pino({}, { write: (line) => void lines.push(line) });

let close: (() => void | Promise<void>)[] = [];
test.after.each(async () => {
  for (const one of close.reverse()) await one();
  close = [];
  lines.length = 0;
});

function guardHost(plan: Partial<GuardPlan> = {}): GuardHost {
  const host = createGuardHost({ armedAt: Date.now(), ...plan });
  close.push(() => host.close());
  return host;
}

const storeOf = (host: GuardHost): GuardStore => ({
  plan: async () => host.plan,
  overPlan: async () => null,
  savePlan: async () => {},
  end: async () => null,
  saveEnd: async () => {},
  forgetPlan: async () => {},
});

function guardsOn(host: GuardHost, given: Partial<Parameters<typeof createGuards>[0]> = {}): Guards {
  const guards = createGuards({
    store: storeOf(host),
    clock: systemClock,
    log,
    bootId: host.plan.bootId,
    witnesses: [],
    isWelcomed: () => true,
    onChange: () => {},
    onUndone: () => {},
    ...given,
  });
  close.push(() => guards.close());
  return guards;
}

test('the first of two decisions counts, even if its plan is read later', async () => {
  const host = guardHost();
  host.folder.mark('activated');
  const late = Promise.withResolvers<void>();
  let isNextLate = false;
  const guards = guardsOn(host, {
    store: {
      ...storeOf(host),
      async plan() {
        const isLate = isNextLate;
        isNextLate = false;
        if (isLate) await late.promise;
        return host.plan;
      },
    },
  });
  await guards.report();
  isNextLate = true;
  const decided = [guards.decide('undo', host.plan.commandId), guards.decide('keep', host.plan.commandId)];
  // A later decision would overtake the first one now.
  await new Promise((resolve) => setImmediate(resolve));
  late.resolve();
  await Promise.all(decided);
  assert.match(readFileSync(join(host.plan.dir, 'decision'), 'utf8'), /^undo/);
});

/** Makes signs for the guard unwritable, as on a full file system. */
const refuseStamps = (host: GuardHost) => {
  for (const name of ['stamp', 'welcome']) mkdirSync(join(host.plan.dir, `${name}.aside`));
};

test('a sign that cannot be written for the guard is logged and ends nothing', async () => {
  const host = guardHost();
  refuseStamps(host);
  const guards = guardsOn(host);
  await guards.refused();
  await guards.welcomed();
  assert.equal(
    lines.map((line) => JSON.parse(line).err.code),
    ['EISDIR', 'EISDIR'],
  );
});

test("a witness's answer that cannot be written for the guard ends nothing either", async () => {
  const host = guardHost();
  host.folder.mark('activated');
  refuseStamps(host);
  const witness = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  close.push(() => void witness.close());
  await once(witness, 'listening');
  const { port } = witness.address() as AddressInfo;
  guardsOn(host, { witnesses: [{ host: '127.0.0.1', port }], isWelcomed: () => false });
  await waitFor('the log', () => lines.some((line) => line.includes('the witnesses could not be asked')));
});

test('an end that could not be written is written at a later look, even if nobody asks for a report', async () => {
  const host = guardHost();
  writeFileSync(join(host.plan.dir, 'end'), 'kept keep\n');
  const ends: GuardEnd[] = [];
  let tries = 0;
  guardsOn(host, {
    store: {
      ...storeOf(host),
      async saveEnd(end) {
        tries += 1;
        if (tries === 1) throw new Error('the disk is full');
        ends.push(end);
      },
    },
  });
  await waitFor('the end', () => ends.length > 0);
  assert.equal([ends[0]?.end, ends[0]?.cause], ['kept', 'keep']);
});

test("a power cut after a guard's durable end does not change that end, and the rest is cleared away", async () => {
  const host = guardHost({ armedAt: 0 });
  const store = guardStore(host.dir);
  await store.savePlan(host.plan);
  const end = { commandId: host.plan.commandId, end: 'undone', cause: 'undo', message: null, at: 1 } as const;
  await store.saveEnd(end);
  await host.folder.remove();
  const guards = guardsOn(host, { store, bootId: 'boot-2' });
  assert.equal(await guards.report(), { guard: null, guardEnd: end });
  assert.not.ok(existsSync(join(host.dir, 'guard/plan.json')));
  for (const root of host.plan.roots) assert.not.ok(existsSync(root), root);
});

test.run();
