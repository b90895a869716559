import type { Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import { clockSpan } from '../../../shared/time/spans.ts';

/** The state of a guarded activation in one sentence; null if it is settled. */
export function guardSentence(
  { id, status, evidence, decision, verdict }: Command,
  host: Host | undefined,
  now: number,
): string | null {
  const guard = host?.report?.guard;
  if (guard?.commandId === id)
    switch (guard.state) {
      case 'armed':
        return 'A guard watches the activation; a forced kill undoes it.';
      case 'activated':
        return decision
          ? SAID[decision.word]
          : `On trial: the host goes back${inTime(guard.deadline, host, now)} unless it is kept.${verdict ? ' The agent is back; it is kept once that has lasted for 15 s.' : ''}`;
      case 'held':
        return decision
          ? SAID[decision.word]
          : 'On trial, and held for up to 24 h, since only the coordinator was away.';
      case 'keeping':
        return SAID.keep;
      case 'undoing':
        return 'The host is going back to the system before.';
      case 'rebooting':
        return 'The host went back, and reboots as the last resort.';
      case 'failed':
        return `The host could not go back${guard.message ? `: ${guard.message}` : ''}.`;
    }
  if (status !== 'AWAITING_RECONNECT' || !evidence?.guarded) return null;
  return decision
    ? SAID[decision.word]
    : 'On trial: the host goes back by itself unless its agent comes back, and stays.';
}

const SAID = {
  keep: 'To be kept: profile and boot default are set.',
  undo: 'To be undone: the host goes back to the system before.',
} as const;

/** The deadline is in the host's own time: the remainder that it last reported counts down from that report. */
function inTime(deadline: number | null, host: Host | undefined, now: number): string {
  if (deadline === null || !host?.report || host.lastSeenAt === null) return '';
  const left = deadline - host.report.sampledAt - Math.max(now - host.lastSeenAt, 0);
  return left > 0 ? ` in ${clockSpan(left)}` : ' now';
}

/** Whether a person may still decide; if that has changed meanwhile, the coordinator refuses with the reason. */
export function mayDecide({ id, status, evidence, decision }: Command, host: Host | undefined): boolean {
  if (decision) return false;
  const guard = host?.report?.guard;
  if (guard?.commandId === id) return guard.state === 'activated' || guard.state === 'held';
  return status === 'AWAITING_RECONNECT' && evidence?.guarded === true && !evidence.failure;
}
