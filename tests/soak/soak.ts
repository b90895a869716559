import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive } from '../../shared/model/command.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import { processesOf } from '../harness/census.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import type { TestHost } from '../harness/host.ts';
import { createRandom, type Random } from '../harness/random.ts';
import { addSubject, type Subject } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';
import { type Excuse, FAULTS, type Fault, type SoakHost } from './faults.ts';
import { endOf, Tally } from './tally.ts';
import { disagreements } from './verdict.ts';
import { OPS, WORKS } from './work.ts';

export type SoakResult = {
  commands: Tally;
  faults: Tally;
  /** Bytes of output compared with the bytes that their commands write. */
  outputBytes: number;
  /** Empty if everything reported is what happened. */
  disagreements: string[];
};

/** A requested command. Its id is null while the coordinator has not answered. */
type Asked = { id: string | null; excuses: Set<Excuse>; ended: boolean };

type Worker = SoakHost & {
  asked: Asked[];
  random: Random;
  /** Faults found while it worked. */
  trouble: string[];
};

/** Longer than any fault lasts: a stalled connection is given up after 30 s, and its frames come again. */
const PATIENCE_MS = 90_000;
/** With several coordinators, faults may follow each other for minutes. */
const LONG_PATIENCE_MS = 300_000;
const patienceOf = ({ shared }: System): number => (shared ? LONG_PATIENCE_MS : PATIENCE_MS);

/**
 * Random ops on several hosts under random faults, for the requested time. Then everything is left to end, and the coordinator's
 * records are compared with what the hosts did.
 */
export async function soak(
  system: System,
  {
    seed,
    hosts,
    forMs,
    say,
    faults: kinds = FAULTS,
  }: { seed: number; hosts: number; forMs: number; say(line: string): void; faults?: readonly Fault[] },
): Promise<SoakResult> {
  const until = systemClock.monotonic() + forMs;
  const isOver = () => systemClock.monotonic() >= until;
  const commands = new Tally();
  const faults = new Tally();
  const workers: Worker[] = [];
  for (let index = 0; index < hosts; index += 1) workers.push(await addWorker(system, index, seed));

  async function befall(): Promise<void> {
    const random = createRandom(seed);
    while (!isOver()) {
      const fault = random.weighted(kinds);
      const worker = random.pick(workers);
      say(`${fault.name} on ${worker.subject.host.name}`);
      await fault.befall(worker, random).catch((error) => worker.trouble.push(`${fault.name}: ${error}`));
      faults.add(fault.name);
      await sleep(systemClock, random.below(1_000));
    }
  }

  await Promise.all([befall(), ...workers.map((worker) => work(system, worker, isOver))]);
  const { found, outputBytes } = await compare(system, workers, commands);
  return { commands, faults, outputBytes, disagreements: found };
}

async function addWorker(system: System, index: number, seed: number): Promise<Worker> {
  const proxy = await system.addProxy();
  const subject = await addSubject(system, `host-${index}`, {
    address: proxy.address,
    env: { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '200', SWITCHYARD_BOOT_ID: 'boot-0' },
    ops: OPS,
  });
  const asked: Asked[] = [];
  const open = () => asked.filter(({ ended }) => !ended);
  return {
    subject,
    proxy,
    asked,
    trouble: [],
    random: createRandom(seed + 1 + index),
    running: () => open().flatMap(({ id }) => id ?? []),
    excuse(excuse) {
      for (const { excuses } of open()) excuses.add(excuse);
    },
  };
}

/** One op after another. Some are killed or cancelled on the way, some are dispatched before the previous one has ended. */
async function work(system: System, worker: Worker, isOver: () => boolean): Promise<void> {
  const { random, asked, trouble } = worker;
  const { host } = worker.subject;
  const waits: Promise<unknown>[] = [];

  async function one(): Promise<void> {
    const command: Asked = { id: null, excuses: new Set(), ended: false };
    asked.push(command);
    const id = await dispatchSurely(system, random.weighted(WORKS).id, host.name, { queueMs: 600_000 });
    command.id = id;
    const end = hasEnded(system, host, id).then(
      () => {
        command.ended = true;
      },
      (error) => trouble.push(String(error)),
    );
    waits.push(end);
    if (random.chance(0.35)) {
      await sleep(systemClock, random.below(1_500));
      const excuse = random.pick(['kill', 'kill', 'cancel'] as const);
      command.excuses.add(excuse);
      const options = { commandId: id, ...(excuse === 'kill' ? { graceMs: random.below(600) } : {}) };
      await dispatchSurely(system, excuse, host.name, { options });
    }
    if (random.chance(0.7)) await end;
  }

  while (!isOver()) await one().catch((error) => trouble.push(String(error)));
  await Promise.all(waits);
}

/** Resolves once the command has ended, and so has its process, which goes on after a cancel. */
async function hasEnded(system: System, { stateDir }: TestHost, id: string): Promise<void> {
  const look = () => system.api.command(id);
  await waitFor(`the end of ${id}`, look, ({ status }) => !isActive(status), patienceOf(system));
  await waitFor(
    `the end of ${id} on its host`,
    () => !existsSync(join(stateDir, 'spool', id)),
    Boolean,
    patienceOf(system),
  );
}

async function compare(system: System, workers: readonly Worker[], commands: Tally) {
  const found: string[] = [];
  let outputBytes = 0;
  for (const { subject, asked, trouble } of workers) {
    found.push(...trouble.map((what) => `${subject.host.name}: ${what}`));
    await subject.host.online();
    found.push(...(await leftOf(system, subject)));
    for (const { id, excuses } of asked) {
      if (id === null) continue;
      const command = await system.api.command(id);
      commands.add(`${command.op}: ${endOf(command)}`);
      const output = await system.api.output(id);
      outputBytes += output.length;
      found.push(...disagreements({ command, output, deed: subject.deeds.of(id), excuses }));
    }
  }
  const known = new Set(workers.flatMap(({ asked }) => asked.map(({ id }) => id)));
  const all = await everyCommand(system);
  for (const { id, op } of all)
    if (WORKS.some((work) => work.id === op) && !known.has(id)) found.push(`${op} ${id}: nobody asked for it`);
  return { found, outputBytes };
}

/** Remains that no host may have once everything has ended: processes, files, a taken slot; and agents that died by themselves. */
async function leftOf(system: System, { host }: Subject): Promise<string[]> {
  const found: string[] = [];
  const spool = join(host.stateDir, 'spool');
  const files = () => (existsSync(spool) ? readdirSync(spool) : []);
  const isNone = ({ length }: readonly unknown[]) => length === 0;
  const note = (error: Error) => void found.push(`${host.name}: ${error.message}`);
  await waitFor('no file in the spool', files, isNone).catch(note);
  await waitFor('no process of a command', () => processesOf(spool), isNone).catch(note);
  await system
    .run('next', host.name, { queueMs: 30_000 })
    .then(({ status }) => status !== 'SUCCESS' && found.push(`${host.name}: the next command ended ${status}`), note);
  for (const { code, signal } of host.agent.exits)
    if (signal !== 'SIGKILL' && signal !== 'SIGTERM' && code !== 0 && code !== 101)
      found.push(`${host.name}: the agent ended by itself with ${code ?? signal}`);
  return found;
}

async function everyCommand({ api }: System): Promise<CommandView[]> {
  const all: CommandView[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const page = await api.commands(`?limit=500${before ? `&before=${before}` : ''}`);
    all.push(...page);
    if (page.length < 500) return all;
  }
}
