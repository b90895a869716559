import type { HistoryEntry } from '../../../shared/command.ts';

/** What brought a transition about, in words; the coordinator's own where it has better ones. */
const CAUSES: Readonly<Record<string, string>> = {
  dispatched: 'it was asked for',
  'pre-check': 'a pre-check refused it',
  accepted: 'the host has it on disk and runs it',
  exited: 'its process exited',
  verified: 'fresh data was compared with what it should have done',
  warningAt: 'it takes long',
  timeoutAt: 'it takes longer than it may',
  notAfter: 'the host did not accept it in time',
  reconnectBy: 'no return of the agent was seen in time',
  postCheckBy: 'no fresh data came in time',
  queuedUntil: 'it waited for longer than it was allowed to',
  wait: 'a person gave it more time',
  ignore: 'a person stopped tracking it',
  cancel: 'a person stopped tracking it',
  kill: 'it is to be killed',
  woken: 'the host is free',
  rejected: 'the agent refused it',
  'hello without it': 'the agent came back without it',
  'another boot': 'the host has booted since',
  'kill failed': 'it could not be killed',
  'no word on the kill': 'the agent said nothing of the kill',
  hello: 'the agent came back',
  'host removed': 'the host was removed',
  'killed before its start': 'it was killed before it started',
  'exited by the shutdown': 'the shutdown ended it',
  'the target': 'its target has ended',
};

export const causeInWords = ({ cause, to }: Pick<HistoryEntry, 'cause' | 'to'>): string =>
  // What is refused at once has that one transition.
  CAUSES[cause === 'dispatched' && to === 'BLOCKED' ? 'pre-check' : cause] ?? cause;
