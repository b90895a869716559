import { createMemo, createSignal } from 'solid-js';
import { wavesIn } from '../../../shared/looks/rollout-look.ts';
import type { RolloutRequest, WavePlan } from '../../../shared/model/rollout.ts';
import { query, setQuery } from './router.ts';

const MINUTE = 60_000;

export const SOAKS = [0, 1, 5, 10, 30, 60, 240].map((minutes) => minutes * MINUTE);
export const APPROVALS = ['none', 'start', 'second'] as const;
export type Approval = (typeof APPROVALS)[number];

const FAILURES = /^(100%|[1-9]?\d%|\d{1,5})$/;

/**
 * The rollout being written. Hosts and op are in the address, so that a draft has a link.
 *
 * @param selected Hosts selected on the fleet's page; any selection replaces the expression.
 */
export function createRolloutDraft(selected: () => readonly string[]) {
  const [name, setName] = createSignal('');
  const [more, setMore] = createSignal<readonly string[]>([]);
  const [waves, setWaves] = createSignal('1, 10%, 50%, rest');
  const [soakMs, setSoakMs] = createSignal(5 * MINUTE);
  const [maxFailures, setMaxFailures] = createSignal('0');
  const [approval, setApproval] = createSignal<Approval>('none');
  const [commit, setCommit] = createSignal('');
  const [maxParallel, setMaxParallel] = createSignal('10');
  const [needsPresence, setNeedsPresence] = createSignal(true);
  const [ignoreUnits, setIgnoreUnits] = createSignal('');
  const [window, setWindow] = createSignal('');

  const op = () => query('op') || 'pull-switch';
  const where = () => query('where');

  /** Why the draft is not a request yet; null if it is one. */
  const fault = createMemo<string | null>(() => {
    if (selected().length === 0 && where().trim() === '')
      return 'Say which hosts: tag:web, name:web*, or name:* for all.';
    if (wavesIn(waves()) === null) return 'Waves are counts and percents with commas between: 1, 10%, 50%, rest.';
    if (!FAILURES.test(maxFailures().trim()))
      return 'How many may fail is a number, or a percent of each wave: 2 or 10%.';
    return null;
  });

  const request = createMemo<RolloutRequest | null>(
    () => {
      const plans = wavesIn(waves());
      if (fault() !== null || !plans) return null;
      const failures = maxFailures().trim();
      const units = ignoreUnits()
        .split(/[\s,]+/)
        .filter(Boolean);
      return {
        ...(name().trim() !== '' && { name: name().trim() }),
        steps: [op(), ...more()].map((id) => ({ op: id })),
        ...(selected().length > 0 ? { hosts: [...selected()] } : { where: where().trim() }),
        waves: plans.map(
          (plan, at): WavePlan => ({
            ...plan,
            soakMs: at === plans.length - 1 ? 0 : soakMs(),
            ...(at === 1 && approval() === 'second' && { approve: true }),
          }),
        ),
        maxFailures: failures.endsWith('%') ? failures : Number(failures),
        maxParallel: Number(maxParallel()) || 1,
        ...(approval() === 'start' && { approve: true }),
        ...(window() !== '' && { window: window() }),
        ...(commit().trim() !== '' && { commit: commit().trim() }),
        ...((!needsPresence() || units.length > 0) && {
          gate: { ...(!needsPresence() && { presence: false }), ...(units.length > 0 && { ignoreUnits: units }) },
        }),
      };
    },
    null,
    { equals: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );

  return {
    fault,
    request,
    op,
    setOp: (id: string) => setQuery({ op: id }),
    where,
    setWhere: (text: string) => setQuery({ where: text }),
    name,
    setName,
    more,
    setMore,
    waves,
    setWaves,
    soakMs,
    setSoakMs,
    maxFailures,
    setMaxFailures,
    approval,
    setApproval,
    commit,
    setCommit,
    maxParallel,
    setMaxParallel,
    needsPresence,
    setNeedsPresence,
    ignoreUnits,
    setIgnoreUnits,
    window,
    setWindow,
  };
}

export type RolloutDraft = ReturnType<typeof createRolloutDraft>;
