import { type Command, isActive } from '../../shared/model/command.ts';
import { ACTIVATION_PHASE } from '../../shared/model/report.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import { type HostEntry, maintenanceOf, type Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import { type CommandRecord, isUnderWay } from '../lifecycle/record.ts';
import type { PrecheckFacts } from './prechecks.ts';

export type PrecheckFactsDeps = {
  ledger: Pick<Ledger, 'live'>;
  roster: Roster;
  sessions: Sessions;
  views: Pick<HostViews, 'compartments' | 'prepare' | 'isPrepared'>;
};

const commandOf = (record: CommandRecord | undefined): Command | null => record?.command ?? null;

/** Its last progress stays in the record after its process has ended. */
const mayActivate = ({ status }: Command): boolean => status === 'EXECUTING' || status === 'KILLING';

/** The facts for the pre-checks of a host, as they are now. */
export function precheckFactsOf(
  { ledger, roster, sessions, views }: PrecheckFactsDeps,
  host: HostEntry,
  opId: string,
  now: number,
): PrecheckFacts {
  const live = ledger.live(host.id);
  const sent = live.filter(isUnderWay);
  const slot = sent.find(({ policy }) => policy.takesSlot);
  const report = roster.byId(host.id)?.known?.report;
  const running = report?.running ?? null;
  return {
    online: sessions.isOnline(host.id),
    ops: host.known?.ops ?? [],
    slot: commandOf(slot),
    sameOp: commandOf(sent.find(({ command }) => command.op === opId)),
    open: commandOf(live.find(({ open, command, policy }) => open && policy.takesSlot && !isActive(command.status))),
    undecided: commandOf(live.find(({ guard, command }) => guard !== null && !isActive(command.status))),
    running: running && sent.some(({ command }) => command.id === running.id) ? null : running,
    reboot: commandOf(sent.find(({ policy }) => policy.completion === 'reboot')),
    activating:
      running?.phase === ACTIVATION_PHASE ||
      sent.some(({ command }) => mayActivate(command) && command.progress?.phase === ACTIVATION_PHASE),
    compartments: views.compartments(host.id),
    repoCommit: report?.repoCommit ?? null,
    maintenance: maintenanceOf(host, now),
    queueLength: live.filter(({ command }) => command.status === 'QUEUED').length,
  };
}
