import { previewSummary } from '../../shared/looks/preview-words.ts';
import type { Command, Verdict } from '../../shared/model/command.ts';
import { readExit } from '../../shared/model/op-exit.ts';
import { doneRollback } from './activation-words.ts';
import { end } from './change.ts';
import type { Step } from './effect.ts';
import type { Sighting } from './event.ts';
import { failedUnitsMessage } from './failure-message.ts';
import { freshnessHint, judgeFreshness } from './proof/freshness.ts';
import { runPostChecks } from './proof/postchecks.ts';
import type { CommandRecord, Ending, Sender } from './record.ts';
import { type Row, row } from './row.ts';

/** The judgement on a command that ended well: what the host shows afterwards decides. */

/** A report from after this command: sampled when it was the last that had ended. Causal, not "the next one". */
export const isAftermath = (record: CommandRecord, sighting: Sighting): boolean =>
  sighting.report.afterCommand === record.command.id;

/** Whether this is another boot than the command's; false if the command's is unknown. */
export const isOtherBoot = ({ command }: CommandRecord, { bootId }: Sender): boolean =>
  command.bootId !== null && command.bootId !== bootId;

/** The restart that completes the op has happened: another process speaks now, or for a reboot another boot. */
export function hasComeBack(record: CommandRecord, sighting: Sighting): boolean {
  if (record.policy.completion === 'reboot') return isOtherBoot(record, sighting);
  return sighting.instanceId !== record.command.exitInstanceId;
}

/** Another reboot cut the command off. */
export const abortByReboot = (record: CommandRecord, sighting: Sighting, at: number): Step =>
  end(record, {
    at,
    cause: 'another boot',
    status: 'ABORTED_BY_REBOOT',
    code: 'host_rebooted',
    kill: 'already_ended',
    open: false,
    patch: { after: sighting.report },
  });

/** The verdict of a sighting on the command, and the comparison of the agent's builds behind it. */
export type Judgement = Ending & { verdict: Verdict | null };

/** Whether the host no longer shows the command's result: the store was put back, and other commands have run there since. */
export const isOutlived = (record: CommandRecord, sighting: Sighting): boolean =>
  record.putBack === true && record.policy.takesSlot && !isAftermath(record, sighting);

const OUTLIVED =
  'Done, but the store was put back, and the host has run other commands since: it no longer shows the result';

/** Freshness first, then the op's post-checks, then failed units. */
export function judge(record: CommandRecord, sighting: Sighting): Judgement {
  const { policy } = record;
  if (isOutlived(record, sighting))
    return { status: 'PARTIAL', code: 'post_check_unverified', message: OUTLIVED, verdict: null };
  const rule = policy.completion === 'exit' ? 'none' : policy.freshness;
  const verdict =
    rule === 'none' ? null : judgeFreshness({ before: record.command.before, after: sighting.report, rule });
  const command: Command = { ...record.command, after: sighting.report, verdict };
  const hint = verdict && freshnessHint(verdict);

  if (verdict?.freshness === 'STALE')
    return { status: 'STALE_BINARY', code: 'stale_binary', message: verdict.reason, hint, verdict };
  if (verdict?.freshness === 'SUSPICIOUS')
    return { status: 'SUSPICIOUS', code: 'suspicious_binary', message: verdict.reason, hint, verdict };
  if (verdict?.freshness === 'UNKNOWN')
    return { status: 'PARTIAL', code: 'freshness_unknown', message: verdict.reason, verdict };

  const outcome = runPostChecks(policy.postChecks, { command, report: sighting.report, target: sighting.target });
  if (outcome.kind !== 'passed') return { status: 'PARTIAL', code: outcome.code, message: outcome.message, verdict };
  const other = otherSystem(record, sighting);
  if (other !== null) return { status: 'PARTIAL', code: 'booted_other_system', message: other, verdict };
  return { ...howDone(record, verdict), verdict };
}

/** Names the system that a reboot started instead of the expected one; null if it started that, or either is unknown. */
function otherSystem({ command, policy }: CommandRecord, { report }: Sighting): string | null {
  const [wanted, booted] = [command.before?.bootPath, report.bootedPath];
  if (policy.completion !== 'reboot' || wanted == null || booted == null || wanted === booted) return null;
  return `The host rebooted into ${booted}, the boot loader was to start ${wanted}`;
}

/** Ends the command by what `sighting` shows. */
export function verify(record: CommandRecord, sighting: Sighting, at: number): Step {
  const { verdict, ...how } = judge(record, sighting);
  return end(record, {
    at,
    cause: 'verified',
    ...how,
    kill: 'already_ended',
    open: false,
    patch: { after: sighting.report, verdict },
  });
}

/** Done, with nothing left to prove. */
export const endDone = (record: CommandRecord, at: number): Step =>
  end(record, { at, cause: 'verified', ...howDone(record, null), kill: 'already_ended', open: false });

/** After a partial exit of the activation a part of it failed, unless every failed unit had failed before. */
function howDone({ command, policy }: CommandRecord, verdict: Verdict | null): Ending {
  const { failedUnits = [], failedUnitsBefore } = command.evidence ?? {};
  const partial =
    failedUnitsBefore === undefined
      ? readExit(command.exitCode, command.evidence?.failedStep, policy.partialExits) === 'partial'
      : failedUnits.length > 0;
  if (!partial) return { status: 'SUCCESS', code: null, message: doneWords(command, verdict) };
  return { status: 'PARTIAL', code: 'units_failed', message: failedUnitsMessage(command.evidence) };
}

/** A success also says what the host repaired on the way. */
function doneWords({ evidence }: Command, verdict: Verdict | null): string {
  const previewed = evidence?.preview && previewSummary(evidence.preview);
  const words = [evidence && doneRollback(evidence), previewed, verdict?.reason].filter((part) => part);
  return [...(words.length > 0 ? words : ['Done']), ...(evidence?.repaired ? [evidence.repaired] : [])].join('; ');
}

export const verifyRows: readonly Row[] = [
  row({
    name: 'fresh report after the exit',
    from: ['AWAITING_POST_CHECK'],
    on: 'report',
    to: ['SUCCESS', 'PARTIAL'],
    when: (record, { sighting }) => isAftermath(record, sighting),
    then: (record, { sighting, at }) => verify(record, sighting, at),
  }),
  row({
    name: 'fresh report in a hello',
    from: ['AWAITING_POST_CHECK'],
    on: 'hello',
    to: ['SUCCESS', 'PARTIAL'],
    when: (record, { sighting }) => isAftermath(record, sighting),
    then: (record, { sighting, at }) => verify(record, sighting, at),
  }),
  row({
    name: 'report of a new instance',
    from: ['AWAITING_RECONNECT'],
    on: 'report',
    to: ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'],
    when: (record, { sighting }) => hasComeBack(record, sighting),
    then: (record, { sighting, at }) => verify(record, sighting, at),
  }),
  row({
    name: 'hello of a new instance',
    from: ['AWAITING_RECONNECT'],
    on: 'hello',
    to: ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'],
    when: (record, { sighting }) => hasComeBack(record, sighting),
    then: (record, { sighting, at }) => verify(record, sighting, at),
  }),
];
