import { named } from '../model/actor.ts';
import type {
  Rollout,
  RolloutCounts,
  RolloutMaker,
  RolloutStatus,
  RolloutSummary,
  Standing,
  WavePlan,
  WaveStatus,
} from '../model/rollout.ts';
import { clockSpan } from '../time/spans.ts';
import type { Look } from './looks.ts';

/** The looks of rollouts, waves and their hosts, on the page and in a terminal. */

const ROLLOUT_LOOKS = {
  AWAITING_APPROVAL: { tone: 'attention', shape: 'clock', word: 'Wants approval' },
  RUNNING: { tone: 'working', shape: 'half', word: 'Running' },
  PAUSED: { tone: 'attention', shape: 'triangle', word: 'Paused' },
  DONE: { tone: 'ok', shape: 'check', word: 'Done' },
  FAILED: { tone: 'error', shape: 'cross', word: 'Failed' },
  STOPPED: { tone: 'quiet', shape: 'square', word: 'Stopped' },
} as const satisfies Record<RolloutStatus, Look>;

const WAITS_FOR_WINDOW: Look = { tone: 'working', shape: 'clock', word: 'Waiting for window' };
const DONE_WITH_FAILURES: Look = { tone: 'attention', shape: 'triangle', word: 'Done, some failed' };
const DONE_NOT_BY_ALL: Look = { tone: 'attention', shape: 'dash', word: 'Done, not all proven' };

const WAVE_LOOKS = {
  waiting: { tone: 'quiet', shape: 'dot', word: 'Waiting' },
  running: { tone: 'working', shape: 'half', word: 'Running' },
  soaking: { tone: 'working', shape: 'clock', word: 'Soaking' },
  done: { tone: 'ok', shape: 'check', word: 'Done' },
  failed: { tone: 'error', shape: 'cross', word: 'Failed' },
} as const satisfies Record<WaveStatus, Look>;

/** A wave's look. A wave under way shows its rollout's look unless the rollout is running. */
export const waveLook = (wave: WaveStatus, rollout: RolloutStatus): Look =>
  rollout !== 'RUNNING' && (wave === 'running' || wave === 'soaking') ? ROLLOUT_LOOKS[rollout] : WAVE_LOOKS[wave];

export const STANDING_LOOKS = {
  waiting: { tone: 'quiet', shape: 'dot', word: 'waiting' },
  running: { tone: 'working', shape: 'half', word: 'running' },
  proven: { tone: 'ok', shape: 'check', word: 'proven' },
  failed: { tone: 'error', shape: 'cross', word: 'failed' },
  deferred: { tone: 'attention', shape: 'dash', word: 'deferred' },
  skipped: { tone: 'quiet', shape: 'slash', word: 'skipped' },
} as const satisfies Record<Standing, Look>;

type Shown = Pick<Rollout, 'status' | 'reason' | 'counts'>;

/** A rollout's look. A wait for a person or a window, and an end with hosts that are not proven, have looks of their own. */
export function rolloutLook({ status, reason, counts }: Shown): Look {
  if (status === 'RUNNING' && reason?.code === 'approval') return ROLLOUT_LOOKS.AWAITING_APPROVAL;
  if (status === 'RUNNING' && reason?.code === 'window') return WAITS_FOR_WINDOW;
  if (status === 'DONE' && counts.failed > 0) return DONE_WITH_FAILURES;
  if (status === 'DONE' && counts.deferred + counts.skipped > 0) return DONE_NOT_BY_ALL;
  return ROLLOUT_LOOKS[status];
}

/** Whether a person has to approve the rollout or its next wave. */
export const wantsApproval = ({ status, reason }: Pick<Rollout, 'status' | 'reason'>): boolean =>
  status === 'AWAITING_APPROVAL' || (status === 'RUNNING' && reason?.code === 'approval');

/** The number of its hosts. */
export const sizeOf = (counts: RolloutCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

const TOLD = ['running', 'proven', 'failed', 'deferred', 'skipped'] as const;

/** `3 proven, 1 failed of 20`. */
export function countsWords(counts: RolloutCounts): string {
  const number = (n: number): string => n.toLocaleString('en-US');
  const told = TOLD.filter((one) => counts[one] > 0).map((one) => `${number(counts[one])} ${one}`);
  return `${told.join(', ') || 'none begun'} of ${number(sizeOf(counts))}`;
}

/** `wave 2 of 4 (soaking, 4:12 left)`; empty unless it runs. `now`: the coordinator's time. */
export function placeWords({ status, waves }: Pick<RolloutSummary, 'status' | 'waves'>, now: number): string {
  const index = waves.findIndex((wave) => wave.status !== 'done');
  const wave = waves[index];
  if (!wave || status !== 'RUNNING') return '';
  const soak = wave.status === 'soaking' ? soakWords(wave, now) : '';
  return `wave ${index + 1} of ${waves.length} (${wave.status}${soak === '' ? '' : `, ${soak}`})`;
}

/** `4:12 left`; empty unless it soaks. */
export const soakWords = (
  { status, soakUntil }: Pick<Rollout['waves'][number], 'status' | 'soakUntil'>,
  now: number,
): string => (status === 'soaking' && soakUntil !== null ? `${clockSpan(Math.max(0, soakUntil - now))} left` : '');

/** Parses typed waves, `1, 10%, 50%, rest`: each a count or a percent of all hosts. Null if malformed. */
export function wavesIn(text: string): WavePlan[] | null {
  const plans: WavePlan[] = [];
  for (const word of text.split(',').map((one) => one.trim())) {
    const [, digits, percent] = /^(\d{1,5})(%?)$/.exec(word === 'rest' ? '100%' : word) ?? [];
    const number = Number(digits);
    if (!(number >= 1) || (percent && number > 100)) return null;
    plans.push(percent ? { percent: number } : { count: number });
  }
  return plans;
}

/** Who made the rollout: `policy:weekly, run by token:ci, with a token of oidc:1f3c (Ann Smith)`. */
export const makerWords = ({ createdBy, ranBy, tokenOf, ...names }: RolloutMaker): string =>
  [
    named(createdBy, names.createdByName),
    ranBy && `run by ${named(ranBy, names.ranByName)}`,
    tokenOf && `with a token of ${named(tokenOf, names.tokenOfName)}`,
  ]
    .filter(Boolean)
    .join(', ');
