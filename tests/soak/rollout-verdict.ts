import type { Command } from '../../shared/command.ts';
import type { RolloutView, Standing } from '../../shared/rollout.ts';

/** How often each host ran a step, by its own word. */
export type Ran = ReadonlyMap<string, number>;

export type RolloutSeen = {
  view: RolloutView;
  /** Every command made since the rollout. */
  commands: readonly Command[];
  before: Ran;
  after: Ran;
  steps: number;
  soakMs: number;
  /** When a person's stop was answered. */
  stoppedAt: number | null;
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

/** Computed anew from the commands alone. */
function standingsOf({ view, commands, steps }: RolloutSeen): string[] {
  const own = ofHosts(commands);
  return view.hosts.flatMap(({ hostId, host, standing }) => {
    const successes = (own.get(hostId) ?? []).filter(({ status }) => status === 'SUCCESS').length;
    const computed: Standing = successes === steps ? 'proven' : standing === 'proven' ? 'failed' : standing;
    return computed === standing ? [] : [`${host} is ${standing}, with ${successes} steps that succeeded`];
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

function soaksOf({ view, commands, soakMs }: RolloutSeen): string[] {
  const own = ofHosts(commands);
  return view.waves.flatMap(({ index, hosts, soakMs: asked, finishedAt, status }) => {
    if (status !== 'done' || finishedAt === null || asked !== soakMs) return [];
    const ends = hosts.flatMap((hostId) => (own.get(hostId) ?? []).map((command) => command.finishedAt ?? 0));
    const soaked = finishedAt - Math.max(0, ...ends);
    return soaked >= soakMs ? [] : [`wave ${index} soaked ${soaked} ms of ${soakMs}`];
  });
}

function afterStop({ commands, stoppedAt }: RolloutSeen): string[] {
  if (stoppedAt === null) return [];
  const late = commands.filter(({ createdAt }) => createdAt > stoppedAt);
  return late.length === 0 ? [] : [`${late.length} commands were made after the stop`];
}
