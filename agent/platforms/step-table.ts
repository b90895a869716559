import { activate } from './activation.ts';
import { checkDarwin } from './darwin-check.ts';
import { fail } from './fault.ts';
import { bumpFlake } from './flake-bump.ts';
import { checkoutBranch, inspectCheckout } from './git-checkout.ts';
import { checkoutClone, prepareClone } from './git-clone.ts';
import { activateHome } from './home-activation.ts';
import { runTests } from './host-tests.ts';
import { refreshLock } from './lock-refresh.ts';
import { runNix } from './nix.ts';
import { recordPull } from './pull-record.ts';
import type { StepIo, StepProgram } from './step-program.ts';
import { refreshSystem } from './system-refresh.ts';
import { checkVersion } from './version-check.ts';

/** The agent's own steps by the name that stands in their argv. */
const PROGRAMS: Readonly<Record<string, StepProgram>> = {
  activate,
  'activate-home': activateHome,
  'bump-flake': bumpFlake,
  'check-darwin': checkDarwin,
  'check-version': checkVersion,
  'checkout-branch': checkoutBranch,
  'checkout-clone': checkoutClone,
  fail,
  'inspect-checkout': inspectCheckout,
  nix: runNix,
  'prepare-clone': prepareClone,
  'record-pull': recordPull,
  'refresh-lock': refreshLock,
  'refresh-system': refreshSystem,
  'run-tests': runTests,
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
