import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { GUARD_TOOLS, type GuardPlan, type GuardTools } from './guard-plan.ts';

/** The unit of a guard. Its name holds neither the command's id nor the state's tag: see GuardPlan.token. */
export const guardUnit = ({ token }: Pick<GuardPlan, 'token'>): string => `switchyard-guard-${token}.service`;

/** Only exit status 0 ends it; any other end restarts it. A shutdown stops it like any unit. */
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
 * Starts the guard whose folder is laid: as a transient unit, or without systemd as an orphan in a session of its own. Resolves to
 * null, or to the reason why it could not be started.
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

/** Ends a guard that has nothing to do. If it starts after this, it leaves by itself: its folder is gone by then. */
export async function stopGuard(plan: GuardPlan, pid: number | null): Promise<void> {
  if (plan.commandUnit !== null)
    await execa('systemctl', ['stop', guardUnit(plan)], { reject: false, stdin: 'ignore', timeout: ANSWER_MS });
  else if (pid !== null && runsGuard(pid, plan.dir)) process.kill(pid, 'SIGKILL');
}

/** A shell starts it and leaves at once. It gets no environment: the processes of commands are found by theirs. */
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

/** Whether `pid` is the guard in `dir`, and not a later process with the same pid. */
export function runsGuard(pid: number, dir: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(join(dir, 'guard.sh'));
  } catch {
    return false;
  }
}

/** The tools of the system at `old`; those that it lacks (on a host that is not NixOS) come from `path`. `missing`: the first found nowhere. */
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

/** Removes the roots that kept both systems from the garbage collector. */
export async function removeRoots({ roots }: Pick<GuardPlan, 'roots'>): Promise<void> {
  for (const root of roots) await rm(root, { force: true });
}
