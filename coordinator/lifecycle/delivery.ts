import { change, end, takeFinalWord } from './change.ts';
import { type Effect, type Step, unchanged } from './effect.ts';
import type { HostSnapshot } from './event.ts';
import { outputState } from './output-state.ts';
import type { CommandRecord } from './record.ts';
import { ANY_ACTIVE, ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';

/** From the coordinator to a process on the host: woken, sent, accepted or rejected, started, and its signs of life. */

export const wasAccepted = (record: CommandRecord): boolean => record.command.acceptedAt !== null;

/** The hint of a command that ended while its process may run. */
export const GOES_ON = 'Its process, if it has one, goes on; the host is busy until it ends.';

/** Changes when a command leaves for its host: the host's state then, and the deadline of the accept. */
export function leave(
  record: CommandRecord,
  host: HostSnapshot,
  notAfter: number,
): { record: CommandRecord; send: Effect } {
  const command = { ...record.command, notAfter, bootId: host.bootId, before: host.report };
  return {
    record: { ...record, command, open: true, stateId: host.stateId },
    send: {
      type: 'send',
      frame: {
        type: 'command.run',
        payload: {
          id: command.id,
          op: command.op,
          options: command.options,
          killGraceMs: record.policy.thresholds.killGraceMs,
          notAfter,
        },
      },
    },
  };
}

/** The host has the command: the op's clock starts. */
export function accept(record: CommandRecord, at: number, cause: string): Step {
  const { warningMs, timeoutMs } = record.policy.thresholds;
  return change(
    record,
    {
      status: 'EXECUTING',
      timeoutStatus: 'NORMAL',
      acceptedAt: at,
      warningAt: warningMs === null ? null : at + warningMs,
      timeoutAt: timeoutMs === null ? null : at + timeoutMs,
      decideBy: null,
    },
    { at, cause, message: `${record.command.op}: the host has it on disk and runs it`, next: 'its exit' },
  );
}

/** The same for a command that is being killed: its status stays, and its deadlines wait in case the kill fails. */
export function acceptWhileKilling(record: CommandRecord, at: number): CommandRecord {
  const { command } = accept(record, at, '').record;
  const { status, timeoutStatus, rev } = record.command;
  return { ...record, command: { ...command, status, timeoutStatus, rev } };
}

export const deliveryRows: readonly Row[] = [
  row({
    name: 'woken',
    from: ['QUEUED'],
    on: 'woken',
    to: ['PENDING'],
    when: (_, event) => event.decision.status === 'PENDING',
    then: (record, event) => {
      const { policy } = event;
      const left = leave({ ...record, policy }, event.host, event.at + policy.thresholds.notAfterMs);
      return change(
        left.record,
        { status: 'PENDING', dispatchedAt: event.at, code: null, message: null, hint: null },
        {
          at: event.at,
          cause: 'woken',
          message: `${record.command.op}: sent from the queue`,
          next: 'the host accepts it',
        },
        {},
        [left.send],
      );
    },
  }),
  row({
    name: 'woken, but blocked',
    from: ['QUEUED'],
    on: 'woken',
    to: ['BLOCKED'],
    then: (record, event) =>
      event.decision.status === 'BLOCKED'
        ? end(record, { at: event.at, cause: 'pre-check', ...event.decision, kill: 'already_ended', open: false })
        : unchanged(record),
  }),
  row({
    name: 'accepted',
    from: ['PENDING'],
    on: 'accepted',
    to: ['EXECUTING'],
    then: (record, event) => accept(record, event.at, 'accepted'),
  }),
  row({
    name: 'accepted while being killed',
    from: ['KILLING'],
    on: 'accepted',
    to: ['KILLING'],
    when: (record) => !wasAccepted(record),
    then: (record, event) => ({ record: acceptWhileKilling(record, event.at), effects: [] }),
  }),
  row({
    name: 'started without an accept',
    from: ['PENDING'],
    on: 'started',
    to: ['EXECUTING'],
    then: (record, event) => ({ ...accept(record, event.at, 'accepted'), again: true }),
  }),
  row({
    name: 'started',
    from: RUNNING,
    on: 'started',
    to: RUNNING,
    when: ({ command }, event) => command.pid !== event.pid || command.startedAt !== event.startedAt,
    then: (record, { at, pid, startedAt }) => {
      const { command } = wasAccepted(record) ? record : acceptWhileKilling(record, at);
      return { record: { ...record, command: { ...command, pid, startedAt } }, effects: [] };
    },
  }),
  row({
    name: 'started before it was forbidden',
    from: ANY_TERMINAL,
    on: 'started',
    to: ANY_TERMINAL,
    when: (record) => record.open && !wasAccepted(record),
    then: (record, { at, pid, startedAt }) => {
      const command = { ...record.command, acceptedAt: at, pid, startedAt, hint: GOES_ON };
      // A kill under way goes on.
      const owedKill = record.owedKill?.unstartedOnly ? null : record.owedKill;
      return { record: { ...record, owedKill, command }, effects: [] };
    },
  }),
  row({
    name: 'rejected as busy',
    from: ['PENDING', 'KILLING'],
    on: 'rejected',
    to: ['BLOCKED'],
    when: (record, event) => event.code === 'busy' && !wasAccepted(record),
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'rejected',
        status: 'BLOCKED',
        code: 'agent_busy',
        message: event.message,
        kill: 'already_ended',
        open: false,
      }),
  }),
  row({
    name: 'killed before its start',
    from: RUNNING,
    on: 'rejected',
    to: ['KILLED'],
    when: (_, event) => event.code === 'killed_before_start',
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'killed before its start',
        status: 'KILLED',
        code: 'killed',
        message: 'Killed before it started; it did not run',
        kill: 'gone',
        open: false,
      }),
  }),
  row({
    name: 'rejected',
    from: ['PENDING', 'KILLING'],
    on: 'rejected',
    to: ['ERROR'],
    when: (record) => !wasAccepted(record),
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'rejected',
        status: 'ERROR',
        code: event.code,
        message: event.message,
        kill: 'already_ended',
        open: false,
      }),
  }),
  row({
    name: 'accepted, but never started',
    from: RUNNING,
    on: 'rejected',
    to: ['ERROR'],
    when: (_, event) => event.code === 'not_started',
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'rejected',
        status: 'ERROR',
        code: 'not_started',
        message: event.message,
        kill: 'already_ended',
        open: false,
      }),
  }),
  row({
    name: 'rejected after its end',
    from: ANY_TERMINAL,
    on: 'rejected',
    to: ANY_TERMINAL,
    when: (record) => record.open,
    then: (record, event) => {
      const heard = takeFinalWord(record, event.code === 'killed_before_start' ? 'gone' : 'already_ended');
      return { ...heard, record: { ...heard.record, refused: true } };
    },
  }),
  row({
    name: 'progress',
    from: RUNNING,
    on: 'progress',
    to: RUNNING,
    then: (record, { progress }) => ({ record: { ...record, command: { ...record.command, progress } }, effects: [] }),
  }),
  row({
    name: 'output',
    from: [...ANY_ACTIVE, ...ANY_TERMINAL],
    on: 'output',
    to: [...ANY_ACTIVE, ...ANY_TERMINAL],
    when: ({ command: { output, evidence } }, event) => {
      const { bytes, total, truncated } = outputState(output, event, evidence);
      return output.bytes !== bytes || output.total !== total || output.truncated !== truncated;
    },
    then: (record, event) => {
      const output = outputState(record.command.output, event, record.command.evidence);
      return { record: { ...record, command: { ...record.command, output } }, effects: [] };
    },
  }),
];
