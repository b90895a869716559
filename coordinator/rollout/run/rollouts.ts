import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import type { EventDraft } from '../../../shared/model/event.ts';
import {
  isActiveRollout,
  makerOf,
  type Rollout,
  type RolloutGate,
  type RolloutHost,
  type RolloutRequest,
  type RolloutSummary,
  type RolloutView,
} from '../../../shared/model/rollout.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { permitApproval, permitOp } from '../../auth/permissions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { RolloutFilter, Store } from '../../store/port.ts';
import { type Read, whenRead } from '../../store/read.ts';
import type { StoredRollout } from '../record.ts';
import { itemOf } from './attention.ts';
import { type Book, createBook } from './book.ts';
import { createDecisions, type RolloutDecision } from './decisions.ts';
import { type PlanDeps, planOf } from './plan.ts';
import { createRolloutRefusals } from './refusals.ts';
import { commandIdsOf } from './rollout-state.ts';
import type { Runner } from './runner.ts';
import { shownHostOf, shownOf, summaryOf } from './shown.ts';

/** Rollouts for the API, the live feed and the attention list. */
export type Rollouts = {
  /**
   * Makes a rollout in one turn with `also`; with `dryRun` it stores nothing. `policy`: the one that the principal runs;
   * its `before` runs in the same turn, once they may. Throws or rejects with `invalid_request`, `invalid_where`, `unknown_op`,
   * `unknown_host`, `rollout_overlap`, `quarantined`, `forbidden`.
   */
  create<Result>(
    request: RolloutRequest,
    principal: Principal,
    also: (made: Rollout) => Read<Result>,
    policy?: { actor: string; before: () => void },
  ): Read<Result>;
  list(filter: RolloutFilter): Promise<{ items: Rollout[]; next: string | null }>;
  /** Throws `unknown_rollout`. */
  view(id: string): Promise<RolloutView>;
  /** The rollout once the decision is durable. Throws `unknown_rollout`, `rollout_state`, `rollout_overlap`, `forbidden`. */
  decide(id: string, decision: RolloutDecision, principal: Principal): Promise<Rollout>;
  /** Every command that it made, of all attempts. Throws `unknown_rollout`. */
  commandIds(id: string): Promise<string[]>;
  /** The gate's present observations over the present wave; none once the rollout has ended. Throws `unknown_rollout`. */
  gate(id: string): Promise<RolloutGate>;
  summaries(): RolloutSummary[];
  summary(id: string): RolloutSummary | null;
  host(id: string, hostId: string): RolloutHost | null;
  attention(): AttentionItem[];
};

export type RolloutsDeps = PlanDeps & {
  clock: Clock;
  store: Pick<Store, 'rollouts' | 'commands'>;
  ledger: Ledger;
  roster: Pick<Roster, 'all' | 'find' | 'byId'>;
  runner: Runner;
  quarantine: Pick<Quarantine, 'commits'>;
  /** The maker of a rollout can't approve it. */
  twoPeople: boolean;
};

export function createRollouts(deps: RolloutsDeps): Rollouts {
  const { clock, store, ledger, roster, runner } = deps;
  const nameOf = (hostId: string): string | null => roster.byId(hostId)?.name ?? null;
  const refusals = createRolloutRefusals({ ...deps, nameOf });
  const isThere = (hostId: string): boolean => roster.byId(hostId) !== null;
  const bookOf = (stored: StoredRollout): Book => runner.find(stored.record.rollout.id) ?? createBook(stored, isThere);

  async function find(id: string): Promise<Book> {
    const known = runner.find(id);
    if (known) return known;
    const stored = await store.rollouts.get(id);
    if (!stored) throw new SwitchyardError('unknown_rollout', `No rollout has the id ${id}`);
    return createBook(stored, isThere);
  }

  const decideOn = createDecisions({ clock, store, runner, refusals });

  return {
    create(request, principal, also, policy) {
      const { actor } = principal;
      return whenRead(
        planOf(deps, request, policy?.actor ?? actor, clock.now()),
        ledger.bound((planned: StoredRollout) => {
          const stored = madeBy(planned, principal);
          const { rollout } = stored.record;
          permitAll(roster, principal, rollout, stored.hosts);
          policy?.before();
          if (rollout.status === 'RUNNING') {
            refusals.refuseOverlap(
              stored.hosts.map(({ hostId }) => hostId),
              rollout.id,
            );
            refusals.refuseQuarantined(rollout);
          }
          if (request.dryRun) return also(shownOf(createBook(stored, isThere)));
          const book = runner.add(stored);
          ledger.event(madeEvent(stored, actor, clock.now()));
          return also(shownOf(book));
        }),
      );
    },
    async list(filter) {
      const { items, next } = await store.rollouts.list(filter);
      return { items: items.map((stored) => shownOf(bookOf(stored).shown)), next };
    },
    async view(id) {
      const book = await find(id);
      for (;;) {
        const { rev } = book.shown.record.rollout;
        const history = await store.rollouts.history(id);
        // The rollout changed during the read.
        if (book.shown.record.rollout.rev !== rev) continue;
        const rollout = shownOf(book.shown);
        const hosts = rollout.waves.flatMap((wave) =>
          wave.hosts.flatMap((hostId) => shownHostOf(book.shown, hostId, nameOf) ?? []),
        );
        return { ...rollout, hosts, history };
      }
    },
    commandIds: async (id) => commandIdsOf((await find(id)).shown),
    async gate(id) {
      const book = await find(id);
      // Only an active rollout is looked at. The deciding looks have already read its hosts' past.
      return isActiveRollout(book.record.rollout.status) ? runner.gate(book) : { wave: null, lights: [] };
    },
    async decide(id, decision, principal) {
      const found = await find(id);
      const goesBack = decision.type === 'stop' && decision.undo === 'proven';
      permitAll(roster, principal, found.record.rollout, [...found.rows.values()], goesBack ? ['rollback'] : []);
      const { rollout } = found.record;
      if (decision.type === 'approve' && deps.twoPeople) permitApproval(principal, makerOf(rollout));
      const book = runner.find(id);
      if (!book) {
        const { name, status } = rollout;
        throw new SwitchyardError('rollout_state', `${name} is ${status}: ${decision.type} does not apply`);
      }
      await decideOn(book, decision, principal.actor);
      // Views of the rollout change only after its commit.
      await ledger.acted();
      return shownOf(book.shown);
    },
    summaries: () => [...runner.books()].map(({ shown }) => summaryOf(shown)),
    summary(id) {
      const book = runner.find(id);
      return book && summaryOf(book.shown);
    },
    host(id, hostId) {
      const book = runner.find(id);
      return book && shownHostOf(book.shown, hostId, nameOf);
    },
    attention() {
      const books = [...runner.books()].map(({ shown }) => shown);
      const newest = new Map(books.map(({ record: { rollout } }) => [rollout.name, rollout.id]));
      return books.flatMap((state) => itemOf(state, newest) ?? []);
    },
  };
}

/** A person who makes or decides on a rollout needs a grant for each of its ops on each of its hosts. */
function permitAll(
  roster: Pick<Roster, 'byId'>,
  principal: Principal,
  { steps }: Pick<Rollout, 'steps'>,
  rows: readonly { hostId: string }[],
  more: readonly string[] = [],
): void {
  const hosts = rows.flatMap(({ hostId }) => roster.byId(hostId) ?? []);
  for (const op of [...steps.map((step) => step.op), ...more]) permitOp(principal, op, hosts);
}

/** Names the person who ran a policy's rollout, and the maker of the token that made it. */
function madeBy(planned: StoredRollout, { actor, tokenOf }: Principal): StoredRollout {
  const { rollout } = planned.record;
  const made = {
    ...rollout,
    ...(rollout.createdBy !== actor && { ranBy: actor }),
    ...(tokenOf !== undefined && { tokenOf }),
  };
  return { ...planned, record: { ...planned.record, rollout: made } };
}

const madeEvent = ({ record: { rollout }, hosts }: StoredRollout, actor: string, at: number): EventDraft => ({
  at,
  level: 'info',
  category: 'audit',
  actor,
  code: 'rollout_made',
  message: `${rollout.name} was made for ${hosts.length} hosts`,
  next: rollout.status === 'RUNNING' ? 'its first wave begins' : 'it waits for an approval',
});
