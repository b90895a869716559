import { isActive } from '../../shared/model/command.ts';
import { isByShutdown } from './exit.ts';
import type { CommandRecord } from './record.ts';

/** The effect of a host's reboots on its other commands. */

/** It was sent and may still happen: it is awaited, or was given up here while its process goes on. */
export const mayReboot = ({ policy, open, command: { status } }: CommandRecord): boolean =>
  policy.completion === 'reboot' && (open || (isActive(status) && status !== 'QUEUED'));

/** Commands of the boot that a reboot was sent to may end by it. */
export const mayCutOff = (reboot: CommandRecord, { command }: CommandRecord): boolean =>
  mayReboot(reboot) && reboot.command.bootId === command.bootId;

/** A person gave it up, but it did its work: the host's next hello shows whether it came back as another boot. */
export function happensUntracked({ command }: CommandRecord): boolean {
  const isGivenUp = command.status === 'CANCELLED' || command.code === 'timeout_ignored';
  const { exitCode, signal } = command.lateResult ?? command;
  return isGivenUp && (exitCode === 0 || isByShutdown({ exitCode, signal }));
}
