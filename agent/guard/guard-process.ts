import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { GuardPlan } from './guard-plan.ts';
import type { GuardTools } from './guard-tools.ts';
import { quote } from './script-settings.ts';

/** A guard's unit. Its name holds neither the command's id nor the state's tag; see GuardPlan.token. */
const guardUnit = ({ token }: Pick<GuardPlan, 'token'>): string => `switchyard-guard-${token}.service`;

/** Only exit status 0 ends it; any other end restarts it. A shutdown stops it like any unit. */
const UNIT_PROPERTIES = [
  'Restart=always',
  'RestartSec=200ms',
  'RestartPreventExitStatus=0',
  'StartLimitIntervalSec=0',
  'OOMScoreAdjust=-900',
  'TimeoutStopSec=5',
];

/**
 * The unit's program. It exits 0 if the folder is gone, or systemd would restart it for ever. The agent may remove the
 * folder of a guard that was killed right after it recorded its end.
 */
export const unitProgram = (sh: string, dir: string): [string, ...string[]] => {
  const guard = [sh, join(dir, 'guard.sh')].map(quote).join(' ');
  return [sh, '-c', `cd ${quote(dir)} 2>/dev/null || exit 0; exec ${guard}`];
};

/** A systemd that does not answer must not hold up an activation for ever. */
const ANSWER_MS = 30_000;

/**
 * Starts the guard once its folder is written: as a transient unit, or without systemd as an orphan in its own session. Resolves to
 * null, or to the reason for a failure.
 */
export async function startGuard(plan: GuardPlan, tools: Pick<GuardTools, 'sh'>): Promise<string | null> {
  const { dir } = plan;
  if (plan.commandUnit === null) return startDetached([tools.sh, join(dir, 'guard.sh')], dir);
  const program = unitProgram(tools.sh, dir);
  const unit = ['--quiet', '--collect', `--unit=${guardUnit(plan)}`];
  const told = ['--description=Switchyard: undoes an activation that nobody confirms', '--service-type=exec'];
  const properties = UNIT_PROPERTIES.map((property) => `--property=${property}`);
  const { exitCode, stderr, shortMessage } = await execa('systemd-run', [...unit, ...told, ...properties, ...program], {
    reject: false,
    stdin: 'ignore',
    timeout: ANSWER_MS,
  });
  return exitCode === 0 ? null : `systemd could not start it: ${stderr.trim() || shortMessage}`;
}

/** Ends an unneeded guard. If it starts later, it finds no folder and leaves by itself. */
export async function stopGuard(plan: GuardPlan, pid: number | null): Promise<void> {
  if (plan.commandUnit !== null)
    await execa('systemctl', ['stop', guardUnit(plan)], { reject: false, stdin: 'ignore', timeout: ANSWER_MS });
  else if (pid !== null && (await runsGuard(plan, pid))) process.kill(pid, 'SIGKILL');
}

/** A shell starts the guard and exits at once. The guard gets no environment, because commands' processes are found by theirs. */
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

/** Whether `pid` is this plan's guard, not a later process with the same pid. */
export async function runsGuard(
  { dir, hasProc = true }: Pick<GuardPlan, 'dir' | 'hasProc'>,
  pid: number,
): Promise<boolean> {
  const line = hasProc ? readCommand(pid) : await askCommand(pid);
  return line.split(/[\0 \n]/).includes(join(dir, 'guard.sh'));
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function askCommand(pid: number): Promise<string> {
  // Wide: ps may cut a line to a terminal's width, and the folder stands at its end.
  const argv = ['-ww', '-o', 'command=', '-p', String(pid)];
  return (await execa('ps', argv, { reject: false, stdin: 'ignore', timeout: ANSWER_MS })).stdout ?? '';
}

/** Removes the GC roots of both systems. */
export async function removeRoots({ roots }: Pick<GuardPlan, 'roots'>): Promise<void> {
  for (const root of roots) await rm(root, { force: true });
}
