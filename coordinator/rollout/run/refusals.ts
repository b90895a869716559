import { SwitchyardError } from '../../../shared/api/errors.ts';
import { isBegun, type Rollout } from '../../../shared/model/rollout.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { Runner } from './runner.ts';

/** The checks that refuse the start of a rollout. */
export type RolloutRefusals = {
  /** A host may be in one begun rollout at a time. Throws `rollout_overlap`. */
  refuseOverlap(hostIds: Iterable<string>, self: string): void;
  /** Throws `quarantined`. */
  refuseQuarantined(rollout: Pick<Rollout, 'commit' | 'plan'>): void;
};

export type RolloutRefusalsDeps = {
  runner: Pick<Runner, 'books'>;
  quarantine: Pick<Quarantine, 'commits'>;
  nameOf: (hostId: string) => string | null;
};

export function createRolloutRefusals({ runner, quarantine, nameOf }: RolloutRefusalsDeps): RolloutRefusals {
  return {
    refuseOverlap(hostIds, self) {
      const begun = [...runner.books()].filter(
        ({ record: { rollout } }) => rollout.id !== self && isBegun(rollout.status),
      );
      for (const hostId of hostIds)
        for (const book of begun)
          if (book.rows.has(hostId)) {
            const { id, name } = book.record.rollout;
            throw new SwitchyardError(
              'rollout_overlap',
              `${nameOf(hostId) ?? hostId} is in the rollout ${name} (${id}): stop that one first, or leave the host out`,
            );
          }
    },
    refuseQuarantined({ commit, plan }) {
      if (commit !== null && !plan.force && quarantine.commits().has(commit))
        throw new SwitchyardError('quarantined', `${commit} is quarantined; force passes`);
    },
  };
}
