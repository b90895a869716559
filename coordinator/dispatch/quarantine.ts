import { SwitchyardError } from '../../shared/api/errors.ts';
import type { Quarantined } from '../../shared/model/rollout.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';

/** Commits that failed where they were activated: nothing goes to them unless it is forced (docs/rollouts.md). */
export type Quarantine = {
  /** Oldest first. */
  list(): readonly Quarantined[];
  commits(): ReadonlySet<string>;
  /** In the present turn. */
  add(commit: string, reason: string, rolloutId: string): void;
  /** This queued command goes on nevertheless: a person resumed its rollout after the quarantine. */
  exempt(commandId: string): void;
  isExempt(commandId: string): boolean;
  /** Throws `not_quarantined`. */
  lift(commit: string, actor: string): Promise<void>;
};

export type QuarantineDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  signals: Pick<Signals, 'ended'>;
  stored: readonly Quarantined[];
};

export function createQuarantine({ clock, ledger, signals, stored }: QuarantineDeps): Quarantine {
  const held = new Map(stored.map((one) => [one.commit, one]));
  let commits: ReadonlySet<string> = new Set(held.keys());

  const put = (commit: string, quarantined: Quarantined | null): void => {
    if (quarantined) held.set(commit, quarantined);
    else held.delete(commit);
    commits = new Set(held.keys());
  };

  const exempted = new Set<string>();
  signals.ended.listen(({ id }) => void exempted.delete(id));

  return {
    exempt: (commandId) => void exempted.add(commandId),
    isExempt: (commandId) => exempted.has(commandId),
    list: () => [...held.values()],
    commits: () => commits,
    add(commit, reason, rolloutId) {
      const before = held.get(commit) ?? null;
      const quarantined: Quarantined = { commit, at: clock.now(), reason, rolloutId };
      put(commit, quarantined);
      ledger.also({ type: 'quarantined', quarantined }, () => put(commit, before));
    },
    async lift(commit, actor) {
      const before = held.get(commit);
      if (!before) throw new SwitchyardError('not_quarantined', `${commit} is not quarantined`);
      put(commit, null);
      ledger.also({ type: 'unquarantined', commit }, () => put(commit, before));
      ledger.event({
        at: clock.now(),
        level: 'info',
        category: 'audit',
        actor,
        code: 'quarantine_lifted',
        message: `${commit.slice(0, 12)} is no longer quarantined`,
      });
      await ledger.commit();
    },
  };
}
