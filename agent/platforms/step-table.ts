import { checkoutBranch, fetchBranch, inspectCheckout } from './git/checkout.ts';
import { checkoutClone, fetchClone, prepareClone } from './git/clone/clone.ts';
import { recordPull } from './git/pull-record.ts';
import { verifyCommit } from './git/verify.ts';
import { runTests } from './host-tests.ts';
import { activate } from './nix/activation.ts';
import { checkBootRoom } from './nix/boot-room.ts';
import { checkBuilt } from './nix/built-check.ts';
import { checkDarwin } from './nix/darwin-check.ts';
import { bumpFlake } from './nix/flake-bump.ts';
import { collectGarbage } from './nix/garbage.ts';
import { activateGuarded, checkSwitch } from './nix/guarded-activation.ts';
import { activateHome } from './nix/home-activation.ts';
import { refreshLock } from './nix/lock-refresh.ts';
import { setNextBoot } from './nix/next-boot.ts';
import { runNix } from './nix/nix.ts';
import { tellPreview } from './nix/preview/preview.ts';
import { layTree } from './nix/preview/tree.ts';
import { refreshSystem } from './nix/system-refresh.ts';
import { fail } from './step/fault.ts';
import type { StepIo, StepProgram } from './step/step-program.ts';
import { checkVersion } from './version-check.ts';

/** The agent's own steps by the name that stands in their argv. */
const PROGRAMS: Readonly<Record<string, StepProgram>> = {
  activate,
  'activate-guarded': activateGuarded,
  'activate-home': activateHome,
  'bump-flake': bumpFlake,
  'check-boot-room': checkBootRoom,
  'check-built': checkBuilt,
  'check-darwin': checkDarwin,
  'check-switch': checkSwitch,
  'check-version': checkVersion,
  'checkout-branch': checkoutBranch,
  'checkout-clone': checkoutClone,
  'collect-garbage': collectGarbage,
  fail,
  'fetch-branch': fetchBranch,
  'fetch-clone': fetchClone,
  'inspect-checkout': inspectCheckout,
  'lay-tree': layTree,
  nix: runNix,
  'prepare-clone': prepareClone,
  'record-pull': recordPull,
  'refresh-lock': refreshLock,
  'refresh-system': refreshSystem,
  'run-tests': runTests,
  'set-next-boot': setNextBoot,
  'tell-preview': tellPreview,
  'verify-commit': verifyCommit,
};

/**
 * `switchyard-agent step NAME ARG...`, with `argv` being what follows `step`. Resolves to the exit status; 2 for a name that isn't
 * known, 1 where a program fails unforeseen (an evidence folder that can't be written, say).
 */
export async function runStep([name = '', ...args]: readonly string[], io: StepIo): Promise<number> {
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (!program) {
    io.say(`there is no step ${name}`);
    return 2;
  }
  try {
    return await program(args, io);
  } catch (error) {
    io.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
