import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive } from '../../shared/model/command.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import { createRandom, type Random } from '../harness/random.ts';
import type { System } from '../harness/system.ts';
import { GUARDED_FAULTS } from './guarded-faults.ts';
import { addGuardedHost, type GuardedHost } from './guarded-host.ts';
import { guardedDisagreements } from './guarded-verdict.ts';
import { endOf, Tally } from './tally.ts';

/** Deciders on a switch: the coordinator after 15 s of contact, nobody in a short window, or a person. */
const DECIDERS = [
  { name: 'contact', weight: 2, confirmMs: 30_000, word: null },
  { name: 'nobody', weight: 2, confirmMs: 4_000, word: null },
  { name: 'a person keeps', weight: 4, confirmMs: 15_000, word: 'keep' },
  { name: 'a person undoes', weight: 1, confirmMs: 15_000, word: 'undo' },
] as const;

/** Longer than any fault, and than the record waits for a guard: its limit + 90 s. */
const PATIENCE_MS = 300_000;

export type GuardedResult = { passed: number; commands: Tally; faults: Tally; disagreements: string[] };

/** `switches` guarded switches on `hosts` hosts at random faults, each compared with its host before the next. */
export async function soakGuarded(
  system: System,
  { seed, hosts, switches, say }: { seed: number; hosts: number; switches: number; say(line: string): void },
): Promise<GuardedResult> {
  const result: GuardedResult = { passed: 0, commands: new Tally(), faults: new Tally(), disagreements: [] };
  let begun = 0;

  async function work(index: number): Promise<void> {
    const random = createRandom(seed + index);
    const target = await addGuardedHost(system, `host-${index}`, index % 2 === 0);
    while (begun < switches) {
      begun += 1;
      const { name } = target.host;
      const fault = random.weighted(GUARDED_FAULTS);
      const decider = random.weighted(DECIDERS);
      const what = `${name}: ${fault.name}, ${decider.name}`;
      result.faults.add(fault.name);
      try {
        const { command, found } = await one(system, target, random, fault, decider);
        result.commands.add(`${fault.name}: ${endOf(command)}`);
        say(`${what}: ${endOf(command)}, ${target.stands().join(' ')}`);
        if (found.length === 0) result.passed += 1;
        result.disagreements.push(...found.map((line) => `${what}: ${line}`));
      } catch (error) {
        result.disagreements.push(`${what}: ${error instanceof Error ? error.message : error}`);
        say(`${what}: ${error}`);
        // A host that did not come to rest would spoil the next switch too.
        return;
      }
    }
  }

  await Promise.all(Array.from({ length: hosts }, (_, index) => work(index)));
  const notRun = switches - result.passed - result.disagreements.length;
  if (notRun > 0) result.disagreements.push(`${notRun} switches were not run, or failed more than once`);
  return result;
}

async function one(
  system: System,
  target: GuardedHost,
  random: Random,
  fault: (typeof GUARDED_FAULTS)[number],
  { confirmMs, word }: (typeof DECIDERS)[number],
): Promise<{ command: CommandView; found: string[] }> {
  const { host } = target;
  await target.reset(random.below(6) / 10);
  fault.prepare?.(target, random);
  const before = host.env.SWITCHYARD_BOOT_ID;
  const id = await dispatchSurely(system, 'rollback', host.name, { options: { confirmMs } });
  const isOver = { now: false };
  const isHung = fault.name === 'activation hangs';
  const [command] = await Promise.all([
    hasEnded(system, id).finally(() => {
      isOver.now = true;
    }),
    fault.befall?.(target, random, system),
    // One that hangs waits for a person: its op's own limit is far away.
    isHung
      ? waitFor('the activation', () => target.hasReached('services')).then(() => kill(system, host.name, id, random))
      : word && decide(system, id, word, () => isOver.now, random),
  ]);
  await waitFor(
    `the guard of ${id} gone`,
    async () => (await system.api.host(host.hostId)).report?.guard,
    (guard) => guard === null,
    PATIENCE_MS,
  );
  await waitFor('nothing left', target.left, ({ length }) => length === 0, 10_000).catch(() => {});
  const bootedBack = host.env.SWITCHYARD_BOOT_ID !== before;
  return {
    command,
    found: guardedDisagreements(command, { stands: target.stands(), left: target.left(), bootedBack }),
  };
}

/** Once the switch can be decided: at once, or while other things befall it. */
async function decide(system: System, id: string, word: string, isOver: () => boolean, random: Random): Promise<void> {
  await sleep(systemClock, random.below(2_000));
  await waitFor(
    `a decision of ${id}`,
    async () => {
      const { ok } = await system.api.send(`/api/commands/${id}/${word}`, { method: 'POST' });
      return ok || isOver();
    },
    Boolean,
    PATIENCE_MS,
  );
}

async function kill(system: System, name: string, commandId: string, random: Random): Promise<void> {
  await sleep(systemClock, random.below(2_000));
  await dispatchSurely(system, 'kill', name, { options: { commandId, graceMs: random.below(600), force: true } });
}

const hasEnded = (system: System, id: string): Promise<CommandView> =>
  waitFor(
    `the end of ${id}`,
    () => system.api.command(id),
    ({ status }) => !isActive(status),
    PATIENCE_MS,
  );
