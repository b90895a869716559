import type { Evidence } from '../../shared/model/report.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';

/** How an activation ended, judged by what it left: the active system, the next boot, and what to do. */

type Words = { message: string; hint: string };

/** Exit codes of NixOS's switch-to-configuration, and of its Perl predecessor. */
const CODES: Readonly<
  Record<number, { why: string; hint: string; loader: 'written' | 'untouched'; changesNothing?: true }>
> = {
  2: {
    why: 'its activation script failed (exit 2)',
    hint: 'Read the output for the part that failed, fix it and switch again.',
    loader: 'written',
  },
  3: {
    why: 'systemd did not take the new units (exit 3)',
    hint: 'Look at systemctl daemon-reload on the host, then switch again.',
    loader: 'written',
  },
  // The number of EAGAIN.
  11: {
    why: 'another activation holds the lock (exit 11)',
    hint: 'Wait for the other activation, or see who holds it: fuser /run/nixos/switch-to-configuration.lock. Then switch again.',
    loader: 'untouched',
    changesNothing: true,
  },
  100: {
    why: 'this system cannot take the place of the running one (exit 100)',
    hint: 'Reboot the host to start the new one.',
    loader: 'written',
    changesNothing: true,
  },
};

/**
 * Whether an activation with this end has changed nothing that runs. Any other may have gone half its way before the active
 * system changes.
 */
export const changesNothing = (exitCode: number | null, isNixos: boolean): boolean =>
  isNixos && exitCode !== null && CODES[exitCode]?.changesNothing === true;

/**
 * For a failed activation; null if the exit is not an activation's, or the agent did not say what is active. `isNixos`: a boot
 * loader stands between profile and boot.
 */
export function failedActivation(op: string, { exitCode, evidence }: CommandExited, isNixos: boolean): Words | null {
  if (exitCode === null || !evidence?.failedStep || !evidence.profile) return null;
  if (!evidence.failedStep.activation) return profileFailed(exitCode, evidence);
  const known = isNixos ? CODES[exitCode] : undefined;
  const { systemPathBefore: before = null, systemPathAfter: after = null } = evidence;
  const changed = after !== null && after !== before;
  const why = known?.why ?? `exit ${exitCode}`;
  const active =
    after === null
      ? 'nothing is known to be active'
      : changed
        ? `${after} is active all the same`
        : isNixos
          ? `${after} is still active`
          : `${after} was the last completed activation, parts of the new one may be in place`;
  return {
    message: `The activation failed, ${why}: ${[active, nextBoot(evidence, isNixos, known?.loader)].join('; ')}`,
    hint: [known?.hint ?? 'Read the output, fix it and switch again.', wayBack(op, evidence, changed)].join(' '),
  };
}

/** Under home-manager the profile is set only after the activation has ended well. */
function profileFailed(exitCode: number, { profile, systemPathAfter, failedStep }: Evidence): Words | null {
  if (failedStep?.phase !== 'profile') return null;
  return {
    message: `The activation ended well, but the profile was not set (exit ${exitCode}): it leads to generation ${profile?.generation ?? 'unknown'} (${profile?.path ?? 'gone'}), ${systemPathAfter ?? 'another'} was active last`,
    hint: 'Read why nix-env failed, fix it and switch again. Do not roll back: that counts from the profile.',
  };
}

function nextBoot(evidence: Evidence, isNixos: boolean, loader: 'written' | 'untouched' | undefined): string {
  const { profile, bootPath, systemPathAfter } = evidence;
  const led = `generation ${profile?.generation ?? 'unknown'} (${profile?.path ?? 'gone'})`;
  if (bootPath) return `the next boot starts ${bootPath === systemPathAfter ? 'the same' : led}`;
  if (!isNixos) return `the profile leads to ${profile?.path === systemPathAfter ? 'the same' : led}`;
  if (loader === 'untouched')
    return `the profile leads to ${led}, the boot loader was not changed: the next boot starts what it started before`;
  if (profile?.path === systemPathAfter) return 'the next boot starts the same';
  if (loader === 'written') return `the next boot starts ${led}`;
  return `the profile leads to ${led}; the next boot starts that if the boot loader was written before the failure, which the output shows`;
}

/**
 * A rollback starts from the active system, and goes down from there once the profile leads to it; nothing more can be said of
 * the next one.
 */
function wayBack(
  op: string,
  { profile, systemPathBefore, systemPathAfter, rollback }: Evidence,
  changed: boolean,
): string {
  if (op === 'rollback')
    return changed || rollback?.path === systemPathAfter
      ? 'Do not roll back again: that would go one generation further.'
      : 'A further rollback tries the same again.';
  if (changed) return `A rollback leads to the generation below; ${systemPathBefore ?? 'nothing'} was active before.`;
  if (profile?.path !== systemPathAfter)
    return 'A rollback puts the profile back to what is active, if that is a generation of it.';
  return 'Do not roll back: nothing newer is active, it would go one generation further.';
}

/** For a proved rollback; null if the agent did not name its goal. */
export function doneRollback({ rollback }: Evidence): string | null {
  if (!rollback) return null;
  const { generation, wasActive, profileBefore } = rollback;
  return wasActive
    ? `Generation ${generation} was active already; the profile leads to it again, no longer to ${profileBefore === null ? 'nothing' : `generation ${profileBefore}`}`
    : `Generation ${generation} is active`;
}
