import { type Command, isActive } from '../../shared/model/command.ts';
import type { RolloutHost, RolloutView } from '../../shared/model/rollout.ts';
import type { Span } from './killer.ts';

/** How often each host ran a step, by its own records. */
export type Ran = ReadonlyMap<string, number>;

export type RolloutSeen = {
  view: RolloutView;
  /** Every command made since the rollout. */
  commands: readonly Command[];
  before: Ran;
  after: Ran;
  steps: number;
  soakMs: number;
  /** When a person stopped it. */
  stoppedAt: number | null;
  /** When no coordinator ran. */
  downs: readonly Span[];
};

/** Where a rollout is not what its hosts did; none if all agrees. */
export function rolloutDisagreements(seen: RolloutSeen): string[] {
  return [
    ...endOf(seen),
    ...runsOf(seen),
    ...standingsOf(seen),
    ...orderOf(seen),
    ...soaksOf(seen),
    ...afterStop(seen),
  ];
}

function endOf({ view, stoppedAt }: RolloutSeen): string[] {
  const wanted = stoppedAt === null ? 'DONE' : 'STOPPED';
  // It may have been done just before it was stopped.
  if (view.status === wanted || (stoppedAt !== null && view.status === 'DONE')) return [];
  return [`${view.status} (${view.reason?.code}: ${view.reason?.message}), ${JSON.stringify(view.counts)}`];
}

/** A proven host ran each step once, any other each at most once. */
function runsOf({ view, before, after, steps }: RolloutSeen): string[] {
  return view.hosts.flatMap(({ host, standing, step }) => {
    const runs = (after.get(host) ?? 0) - (before.get(host) ?? 0);
    const most = standing === 'proven' ? steps : (step ?? -1) + 1;
    const least = standing === 'proven' ? steps : 0;
    return runs >= least && runs <= most ? [] : [`${host} ran ${runs} steps, and is ${standing} at step ${step}`];
  });
}

const ofHosts = (commands: readonly Command[]): Map<string, Command[]> =>
  Map.groupBy(
    [...commands].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ({ hostId }) => hostId,
  );

type Stand = Pick<RolloutHost, 'standing' | 'step' | 'commandId'>;

/** Computes a host's standing from its commands in the API, oldest first. */
function standOf(own: readonly Command[], { steps, stoppedAt }: RolloutSeen): Stand {
  // Leaves out commands that were taken back and never begun.
  const turns = own.filter(({ status, lateResult }) => status !== 'CANCELLED' || lateResult !== null);
  const last = turns.at(-1);
  if (!last) return { standing: stoppedAt === null ? 'waiting' : 'skipped', step: null, commandId: null };
  const successes = turns.filter(({ status }) => status === 'SUCCESS').length;
  const at = { step: last.status === 'SUCCESS' ? successes - 1 : successes, commandId: last.id };
  if (isActive(last.status)) return { ...at, standing: 'running' };
  if (last.status !== 'SUCCESS') return { ...at, standing: 'failed' };
  if (successes === steps) return { ...at, standing: 'proven' };
  return { ...at, standing: stoppedAt === null ? 'running' : 'skipped' };
}

function standingsOf(seen: RolloutSeen): string[] {
  const own = ofHosts(seen.commands);
  const words = ({ standing, step, commandId }: Stand) => `${standing} at step ${step} by ${commandId}`;
  return seen.view.hosts.flatMap((host) => {
    const [told, computed] = [words(host), words(standOf(own.get(host.hostId) ?? [], seen))];
    return told === computed ? [] : [`${host.host} is ${told}; its commands say ${computed}`];
  });
}

/** No command of a wave is made before the wave before it is done. */
function orderOf({ view, commands }: RolloutSeen): string[] {
  const own = ofHosts(commands);
  return view.waves.slice(1).flatMap(({ index, hosts }) => {
    const doneAt = view.waves[index - 1]?.finishedAt ?? Number.MAX_SAFE_INTEGER;
    const early = hosts.flatMap((hostId) => own.get(hostId) ?? []).filter(({ createdAt }) => createdAt < doneAt);
    return early.length === 0
      ? []
      : [`${early.length} commands of wave ${index} were made before the wave before it was done`];
  });
}

/** Time without a running coordinator does not count as observed. */
function soaksOf({ view, commands, soakMs, downs }: RolloutSeen): string[] {
  const own = ofHosts(commands);
  return view.waves.flatMap(({ index, hosts, soakMs: asked, finishedAt, status }) => {
    if (status !== 'done' || finishedAt === null || asked !== soakMs) return [];
    const ends = hosts.flatMap((hostId) => (own.get(hostId) ?? []).map((command) => command.finishedAt ?? 0));
    const since = Math.max(0, ...ends);
    const away = downs.map(({ from, to }) => Math.max(0, Math.min(to, finishedAt) - Math.max(from, since)));
    const soaked = finishedAt - since - away.reduce((sum, ms) => sum + ms, 0);
    return soaked >= soakMs ? [] : [`wave ${index} soaked ${soaked} ms of ${soakMs}`];
  });
}

function afterStop({ commands, stoppedAt }: RolloutSeen): string[] {
  if (stoppedAt === null) return [];
  const late = commands.filter(({ createdAt }) => createdAt > stoppedAt);
  return late.length === 0 ? [] : [`${late.length} commands were made after the stop`];
}
