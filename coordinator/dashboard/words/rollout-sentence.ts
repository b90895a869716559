import { placeWords, sizeOf } from '../../../shared/looks/rollout-look.ts';
import type { RolloutSummary } from '../../../shared/model/rollout.ts';
import { plural } from './duration.ts';

type SentenceFacts = Pick<RolloutSummary, 'status' | 'reason' | 'counts' | 'waves'>;

/** A rollout's state in one or two sentences. `now`: the coordinator's time. */
export function rolloutSentence({ status, reason, counts, waves }: SentenceFacts, now: number): string {
  const why = reason ? ended(reason.message) : '';
  switch (status) {
    case 'AWAITING_APPROVAL':
      return 'Nothing has begun: it waits for an approval.';
    case 'RUNNING':
      return reason ? `It waits: ${why}` : `Under way: ${placeWords({ status, waves }, now)}.`;
    case 'PAUSED':
      return `${why} No further host begins${counts.running > 0 ? '; what runs goes on to its end' : ''}. Nothing was undone.`;
    case 'DONE':
      return doneWords(counts);
    case 'FAILED':
      return `${why} No further host began. Nothing was undone.`;
    case 'STOPPED':
      return `It was stopped${reason ? `: ${why}` : '.'}`;
  }
}

function doneWords(counts: SentenceFacts['counts']): string {
  const { failed, deferred } = counts;
  if (counts.proven === sizeOf(counts)) return `All ${plural(counts.proven, 'host')} are proven.`;
  return [
    `${plural(counts.proven, 'host is', 'hosts are')} proven.`,
    failed > 0 && `${plural(failed, 'host')} failed.`,
    deferred > 0 && `${plural(deferred, 'host')} ${deferred === 1 ? 'was' : 'were'} passed over, and may catch up.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** As a sentence of its own. */
const ended = (text: string): string => {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
