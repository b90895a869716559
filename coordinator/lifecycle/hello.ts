import { change, end, takeFinalWord } from './change.ts';
import { accept, acceptWhileKilling, leave, wasAccepted } from './delivery.ts';
import type { Step } from './effect.ts';
import type { EventOf } from './event.ts';
import { withHeldExit } from './exit.ts';
import { remindOfKill } from './kill.ts';
import type { CommandRecord } from './record.ts';
import { ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';
import { abortByReboot, hasComeBack, isOtherBoot, verify } from './verify.ts';

/** A hello's word on a command: it is there, gone, or never was. */

type Hello = EventOf<'hello'>;

/** The agent has another state folder; an absent id equals any. */
const stateChanged = (record: CommandRecord, { stateId }: Hello): boolean =>
  record.stateId !== null && stateId !== null && record.stateId !== stateId;

/** The host had it, and nothing left there can still speak for it. */
export const isGone = (record: CommandRecord, { listed }: Hello): boolean =>
  !record.shutdownExit && (listed ? listed.state === 'lost' : wasAccepted(record));

const lost = (record: CommandRecord, event: Hello): Step =>
  end(record, {
    at: event.at,
    cause: 'hello without it',
    status: 'LOST',
    code: stateChanged(record, event) ? 'state_lost' : 'agent_lost_command',
    kill: 'lost',
    open: false,
  });

export const helloRows: readonly Row[] = [
  row({
    name: 'hello lists it',
    from: ['PENDING'],
    on: 'hello',
    to: ['EXECUTING'],
    when: (_, { listed }) => listed !== null,
    then: (record, event) => ({ ...accept(record, event.at, 'hello lists it'), again: true }),
  }),
  row({
    name: 'hello lists it while being killed',
    from: ['KILLING'],
    on: 'hello',
    to: ['KILLING'],
    when: (record, { listed }) => listed !== null && !wasAccepted(record),
    then: (record, event) => ({ record: acceptWhileKilling(record, event.at), effects: [], again: true }),
  }),
  row({
    name: 'hello of another state folder',
    from: ['PENDING', 'KILLING'],
    on: 'hello',
    to: ['LOST'],
    when: (record, event) => !wasAccepted(record) && stateChanged(record, event),
    then: lost,
  }),
  row({
    name: 'hello without it, in time',
    from: ['PENDING'],
    on: 'hello',
    to: ['PENDING'],
    when: ({ command }, { at }) => command.notAfter !== null && at <= command.notAfter,
    then: (record, { sighting, stateId }) => {
      const left = leave(record, { ...sighting, stateId }, record.command.notAfter ?? 0);
      return { record: left.record, effects: [left.send] };
    },
  }),
  row({
    name: 'hello without it, too late',
    from: ['PENDING'],
    on: 'hello',
    to: ['ERROR'],
    then: (record, { at }) =>
      end(record, {
        at,
        cause: 'hello without it',
        status: 'ERROR',
        code: 'not_delivered',
        kill: 'already_ended',
        open: false,
      }),
  }),
  row({
    name: 'hello after a reboot, the exit follows',
    from: RUNNING,
    on: 'hello',
    to: RUNNING,
    when: (record, { sighting, listed }) =>
      isOtherBoot(record, sighting) && listed?.state === 'exited' && !record.shutdownExit,
    then: (record, { at, rebooting }) => {
      const reminded = remindOfKill(record, at);
      if (!rebooting || record.cutByReboot) return reminded;
      return { ...reminded, record: { ...reminded.record, cutByReboot: true } };
    },
  }),
  row({
    name: 'hello after the reboot asked for',
    from: RUNNING,
    on: 'hello',
    to: ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'],
    // Even with another state folder: the host did reboot, and another boot id is all the proof that a reboot needs.
    when: (record, event) =>
      record.policy.completion === 'reboot' && wasAccepted(record) && hasComeBack(record, event.sighting),
    then: (record, { sighting, at }) => verify(withHeldExit(record, at), sighting, at),
  }),
  row({
    name: 'hello after a reboot',
    from: RUNNING,
    on: 'hello',
    to: ['ABORTED_BY_REBOOT'],
    // With another state folder its result may have gone with the old one: then only a held exit shows how it ended.
    when: (record, event) =>
      isOtherBoot(record, event.sighting) &&
      wasAccepted(record) &&
      (!stateChanged(record, event) || record.shutdownExit !== null),
    then: (record, { sighting, at }) => abortByReboot(withHeldExit(record, at), sighting, at),
  }),
  row({
    name: 'hello without it, or lost',
    from: RUNNING,
    on: 'hello',
    to: ['LOST'],
    when: isGone,
    then: lost,
  }),
  row({
    name: 'hello while being killed',
    from: ['KILLING'],
    on: 'hello',
    to: ['KILLING'],
    then: (record, { at }) => remindOfKill(record, at),
  }),
  row({
    name: 'hello knows when it started',
    from: ['EXECUTING'],
    on: 'hello',
    to: ['EXECUTING'],
    when: ({ command }, { listed }) => command.startedAt === null && !!listed?.startedAt,
    then: (record, { listed, at }) =>
      change(record, { startedAt: listed?.startedAt ?? null }, { at, cause: 'hello', message: '' }),
  }),
  row({
    name: 'hello after its end, nothing left',
    from: ANY_TERMINAL,
    on: 'hello',
    to: ANY_TERMINAL,
    when: (record, event) =>
      record.open &&
      (isGone(record, event) ||
        stateChanged(record, event) ||
        (wasAccepted(record) && isOtherBoot(record, event.sighting) && event.listed?.state !== 'exited')),
    then: (record, event) => takeFinalWord(record, isOtherBoot(record, event.sighting) ? 'already_ended' : 'lost'),
  }),
  row({
    name: 'hello after its end, a kill is owed',
    from: ANY_TERMINAL,
    on: 'hello',
    to: ANY_TERMINAL,
    when: (record) => record.open && record.owedKill !== null,
    then: (record, { at }) => remindOfKill(record, at),
  }),
];
