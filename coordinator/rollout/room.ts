import { ROLLOUT_DEFAULTS } from '../../shared/model/rollout.ts';
import type { DueHost, UnderWay } from './event.ts';
import type { RolloutRecord } from './record.ts';

/** The number of hosts of a wave that may reboot at once: a tenth, at least 1. */
const MOST_REBOOTING = 10;

/** The number of further hosts that may be under way now. */
function roomFor({ rollout }: RolloutRecord, { running, rebooting, size }: UnderWay, reboots: boolean): number {
  const free = (rollout.plan.maxParallel ?? ROLLOUT_DEFAULTS.maxParallel) - running;
  if (!reboots) return free;
  const atOnce = Math.min(MOST_REBOOTING, Math.max(1, Math.floor(size / 10)));
  return Math.min(free, atOnce - rebooting);
}

/** The due hosts that may begin now. Only a first step needs room: a host under way takes its next step without waiting. */
export function beginnable(record: RolloutRecord, wave: UnderWay): DueHost[] {
  let room = roomFor(record, wave, false);
  let rebootRoom = roomFor(record, wave, true);
  return wave.due.filter(({ step, reboots }) => {
    if (reboots && rebootRoom <= 0) return false;
    if (step === 0 && room <= 0) return false;
    if (reboots) rebootRoom -= 1;
    if (step === 0) room -= 1;
    return true;
  });
}
