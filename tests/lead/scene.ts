import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import type { SharedDatabase } from '../harness/shared-database.ts';
import type { Subject } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

/** Limits of docs/high-availability.md: for a takeover, and until agents are back. */
export const LEADS_WITHIN_MS = 15_000;
export const BACK_WITHIN_MS = 30_000;
/** An agent hears nothing from a machine that vanished, and notices by its silence. */
export const BACK_FROM_SILENCE_MS = 75_000;

/** One line each 100 ms, for 20 s: the lead changes in the middle. */
export const OPS = { steady: 'i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); sleep 0.1; done; exit 3' };
export const LINES = Array.from({ length: 200 }, (_, index) => `${index}\n`).join('');

export const sharedOf = ({ shared }: System): SharedDatabase => {
  if (!shared) throw new Error('the system has one coordinator');
  return shared;
};

export type Member = SharedDatabase['members'][number];

export async function leaderOf(system: System, isWanted: (member: Member) => boolean = () => true): Promise<Member> {
  const found = await waitFor(
    'a leader',
    () => sharedOf(system).leader(),
    (member) => member !== null && isWanted(member),
    60_000,
  );
  return found as Member;
}

/** A command that runs, with some of its output stored. */
export async function working(system: System, host: string): Promise<{ id: string; leader: Member }> {
  const leader = await leaderOf(system);
  const id = await dispatchSurely(system, 'steady', host);
  await system.command(id, ({ output }) => output.bytes > 20);
  return { id, leader };
}

/** Waits for another leader, and for the agent there; says how long both took since `since`. */
export async function takenOver(
  subject: Subject,
  from: Member,
  what: string,
  backWithinMs = BACK_WITHIN_MS,
): Promise<Member> {
  const since = Date.now();
  const next = await leaderOf(subject.system, (member) => member !== from);
  const ledAfter = Date.now() - since;
  await waitFor(
    'the agent at the new leader',
    async () => (await next.coordinator.api.host(subject.host.hostId)).online,
    Boolean,
    90_000,
  );
  const backAfter = Date.now() - since;
  console.log(`\n# ${what}: another led after ${ledAfter} ms, its agent was back after ${backAfter} ms`);
  assert.ok(ledAfter <= LEADS_WITHIN_MS, `${ledAfter} ms`);
  assert.ok(backAfter <= backWithinMs, `${backAfter} ms`);
  return next;
}

export const EXPECTED = { status: 'ERROR', exitCode: 3, starts: 1, output: LINES } as const;

export const problemAt = async (member: Member, path = '/api/hosts'): Promise<[number, string, unknown]> => {
  const answer = await fetch(`${member.coordinator.address}${path}`, { signal: AbortSignal.timeout(5_000) });
  const body = (await answer.json()) as { code: string; leader: unknown };
  return [answer.status, body.code, body.leader];
};
