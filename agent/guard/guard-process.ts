import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { GUARD_TOOLS, type GuardPlan, type GuardTools } from './guard-plan.ts';

/** The unit of a guard. Nothing of its name is the command's or the state's: see GuardPlan.token. */
export const guardUnit = ({ token }: Pick<GuardPlan, 'token'>): string => `switchyard-guard-${token}.service`;

/** Its end is its exit status 0; anything else, and any signal, starts it anew. A shutdown takes it along. */
const UNIT_PROPERTIES = [
  'Restart=always',
  'RestartSec=200ms',
  'RestartPreventExitStatus=0',
  'StartLimitIntervalSec=0',
  'OOMScoreAdjust=-900',
  'TimeoutStopSec=5',
];

/** A systemd that does not answer must not hold up an activation for ever. */
const ANSWER_MS = 30_000;

/**
 * Starts the guard whose folder is laid: as a transient unit, or without systemd in a session of its own with nobody as its parent.
 * Resolves to the reason why it could not be, or null.
 */
export async function startGuard(plan: GuardPlan, tools: Pick<GuardTools, 'sh'>): Promise<string | null> {
  const { dir } = plan;
  const program = [tools.sh, join(dir, 'guard.sh')] as const;
  if (plan.commandUnit === null) return startDetached(program, dir);
  const unit = ['--quiet', '--collect', `--unit=${guardUnit(plan)}`, `--working-directory=${dir}`];
  const told = ['--description=Switchyard: undoes an activation that nobody confirms', '--service-type=exec'];
  const properties = UNIT_PROPERTIES.map((property) => `--property=${property}`);
  const { exitCode, stderr, shortMessage } = await execa('systemd-run', [...unit, ...told, ...properties, ...program], {
    reject: false,
    stdin: 'ignore',
    timeout: ANSWER_MS,
  });
  return exitCode === 0 ? null : `systemd could not start it: ${stderr.trim() || shortMessage}`;
}

/** Ends a guard that has nothing to do; one that starts later leaves, because its folder is gone by then. */
export async function stopGuard(plan: GuardPlan, pid: number | null): Promise<void> {
  if (plan.commandUnit !== null)
    await execa('systemctl', ['stop', guardUnit(plan)], { reject: false, stdin: 'ignore', timeout: ANSWER_MS });
  else if (pid !== null && runsGuard(pid, plan.dir)) process.kill(pid, 'SIGKILL');
}

/** By a shell that is gone at once; with none of the environment by which the processes of commands are found. */
function startDetached(program: readonly string[], dir: string): Promise<string | null> {
  const log = openSync(join(dir, 'log'), 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', '"$@" &', 'sh', ...program], {
    cwd: dir,
    env: {},
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code) => resolve(code === 0 ? null : `sh ended with status ${code}`));
  });
}

/** Whether the process `pid` runs the program in `dir`, and is no later one with its number. */
export function runsGuard(pid: number, dir: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(join(dir, 'guard.sh'));
  } catch {
    return false;
  }
}

/** The tools of the system at `old`, and what that lacks (on a host that is not NixOS) from `path`; the name of one that is nowhere. */
export function findGuardTools(old: string, path: string): GuardTools | { missing: string } {
  const folders = [join(old, 'sw/bin'), ...path.split(delimiter), '/usr/bin', '/bin'];
  const found: Record<string, string> = {};
  for (const tool of GUARD_TOOLS) {
    const file = folders.map((folder) => join(folder, tool)).find(isProgram);
    if (file === undefined) return { missing: tool };
    found[tool] = file;
  }
  return found as GuardTools;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What kept both systems from the garbage collector. */
export async function removeRoots({ roots }: Pick<GuardPlan, 'roots'>): Promise<void> {
  for (const root of roots) await rm(root, { force: true });
}
