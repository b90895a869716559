import type { HistoryEntry } from '../../../shared/model/command.ts';

/** The cause of a transition in words; the coordinator's own if they are better. */
const CAUSES: Readonly<Record<string, string>> = {
  dispatched: 'Requested',
  'pre-check': 'Refused by a check before it was sent',
  accepted: 'Started on host',
  exited: 'Process exited',
  verified: 'Verified by a report from after its end',
  warningAt: 'Taking long',
  timeoutAt: 'Over its limit',
  notAfter: 'Not accepted in time',
  reconnectBy: 'The agent did not come back in time',
  postCheckBy: 'No report came in time',
  queuedUntil: 'Waited in the queue for too long',
  wait: 'Given more time',
  ignore: 'Tracking stopped by a person',
  cancel: 'Cancelled by a person',
  kill: 'Kill requested',
  woken: 'The host is free',
  rejected: 'Refused by the agent',
  'hello without it': 'The agent came back without it',
  'another boot': 'The host has booted since',
  'kill failed': 'The kill failed',
  'no word on the kill': 'The agent said nothing of the kill',
  hello: 'The agent came back',
  'host removed': 'The host was removed',
  'killed before its start': 'Killed before it started',
  'exited by the shutdown': 'Ended by the shutdown',
  'the target': 'Its target has ended',
  keep: 'Told to keep the new system',
  undo: 'Told to go back',
  kept: 'The host has kept the new system',
  'the guard': 'A report shows what the guard did',
};

export const causeInWords = ({ cause, to }: Pick<HistoryEntry, 'cause' | 'to'>): string =>
  // A command refused at once has only that transition.
  CAUSES[cause === 'dispatched' && to === 'BLOCKED' ? 'pre-check' : cause] ?? cause;
