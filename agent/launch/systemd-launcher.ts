import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { COMMAND_VARIABLE, STATE_VARIABLE } from '../config/command-environment.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import type { Launcher, SeenExit } from './launcher.ts';

/** systemd's record of the wrapper's end, in the command's folder. */
const WITNESS_FILE = 'unit-exit';

/**
 * For each command's unit. A shutdown gives it 5 s, so that the host is off within 10. A process that runs out of memory is the
 * command's own affair. The unset variables are absent from a detached process too.
 */
const UNIT_PROPERTIES = [
  'KillMode=control-group',
  'TimeoutStopSec=5',
  'OOMPolicy=continue',
  'UnsetEnvironment=INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID MEMORY_PRESSURE_WATCH MEMORY_PRESSURE_WRITE',
  `ExecStopPost=:/bin/sh -c 'echo "$SERVICE_RESULT $EXIT_CODE $EXIT_STATUS" >${WITNESS_FILE}'`,
];

/** A hanging systemd must not hold up the commands that follow. */
const ANSWER_MS = 30_000;

export type ToolRun = { exitCode: number; stdout: string; stderr: string };
export type RunTool = (argv: readonly [string, ...string[]]) => Promise<ToolRun>;

/**
 * One transient unit per command, named by op, id and STATE_DIR: outside the agent's own cgroup, and visible in `systemctl`.
 * U1  Everything in the unit's cgroup belongs to the command, whatever it did to its parent, its session or its environment.
 * U2  systemd ends the rest of the cgroup once the wrapper is gone, and only then records how the wrapper ended.
 * U3  No value of the environment is in argv or in the unit, which every user of the host may read: systemd reads them from a
 *    file of root's, which is removed once the wrapper runs. (`--setenv` with only a name would keep values out of argv, but
 *    needs systemd 250.)
 */
export function createSystemdLauncher(deps: { stateTag: string; runTool?: RunTool }): Launcher {
  const { stateTag, runTool = execTool } = deps;
  const unitOf = ({ id, op }: SpoolEntry['spec']) => `switchyard-${op}-${id}-${stateTag}.service`;
  const systemctl = (...args: string[]) => runTool(['systemctl', ...args]);

  const unitMembers = (id: string) => pidsInUnit(new RegExp(`^switchyard-.*-${id}-${stateTag}\\.service$`));

  /** systemctl is asked only if nothing lives: between two processes of the unit. */
  async function isLoaded({ spec }: SpoolEntry): Promise<boolean> {
    if (unitMembers(spec.id).length > 0) return true;
    const { stdout } = await systemctl('is-active', unitOf(spec));
    // No answer, as while systemd re-executes itself, does not prove that the unit is gone.
    return !/^(inactive|failed|unknown)$/.test(stdout);
  }

  return {
    name: 'systemd',
    async start(entry, environment) {
      const { spec, dir, script } = entry;
      const { [COMMAND_VARIABLE]: id, [STATE_VARIABLE]: tag, ...passed } = environment;
      const unit = [
        ...['--quiet', '--collect', '--service-type=exec', `--unit=${unitOf(spec)}`],
        ...[`--description=Switchyard: ${spec.op}`, `--working-directory=${dir}`],
        ...UNIT_PROPERTIES.map((property) => `--property=${property}`),
        // Processes that outlive the wrapper don't need it.
        `--property=EnvironmentFile=-${entry.environmentFile}`,
      ];
      // Through env, so that ExecStopPost, which is none of the command's processes, lacks the tags.
      const tags = ['/usr/bin/env', `${COMMAND_VARIABLE}=${id}`, `${STATE_VARIABLE}=${tag}`];
      const run = await withFile(entry.environmentFile, environmentText(passed), () =>
        runTool(['systemd-run', ...unit, ...tags, '/bin/sh', basename(script)]),
      );
      if (run.exitCode === 0) return { kind: 'launched', exited: null };
      // It may have failed after the start: whoever claims the command decides.
      if (!(await entry.claim())) return { kind: 'launched', exited: null };
      return { kind: 'failed', reason: `systemd could not start it: ${run.stderr.trim() || `status ${run.exitCode}`}` };
    },
    unitMembers: async (id) => unitMembers(id),
    async witness(entry) {
      const seen = await readWitness(entry);
      if (seen) return seen;
      return (await isLoaded(entry)) ? 'pending' : await readWitness(entry);
    },
    async endStrays(known) {
      const { stdout } = await systemctl('list-units', '--plain', '--no-legend', `switchyard-*-${stateTag}.service`);
      const units = stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
      const strays = units.filter((unit) => !known.has(idIn(unit)));
      if (strays.length > 0) await systemctl('stop', ...strays);
      return strays.length;
    },
  };
}

/** `systemd-run` answers once the program runs: nobody reads the file after that. */
async function withFile(file: string, text: string, run: () => Promise<ToolRun>): Promise<ToolRun> {
  try {
    await writeFile(file, text, { mode: 0o600 });
    return await run();
  } catch (error) {
    return { exitCode: 1, stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(file, { force: true });
  }
}

/** As systemd.exec(5) reads an EnvironmentFile: between double quotes every byte stands for itself except these four. */
const environmentText = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\`$]/g, '\\$&')}"\n`)
    .join('');

/** The unit's name ends in id and tag, and an op's name may look like either. */
const idIn = (unit: string): string => /([0-9a-f-]{36})-[0-9a-f]+\.service$/.exec(unit)?.[1] ?? '';

/** Null until systemd has written it completely. */
async function readWitness(entry: SpoolEntry): Promise<SeenExit | null> {
  const text = await readFile(join(entry.dir, WITNESS_FILE), 'utf8').catch(() => '');
  const [, code, status] = /^\S+ (exited|killed|dumped) (\w+)\n$/.exec(text) ?? [];
  if (!code || !status) return null;
  return code === 'exited' ? { exitCode: Number(status), signal: null } : { exitCode: null, signal: `SIG${status}` };
}

/** Asked per process, which works wherever the hierarchy is mounted and whatever is below the unit in it. */
function pidsInUnit(unit: RegExp): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isInUnit(readCgroup(pid), unit)).map(Number);
}

/** Only the system's own units: below a user's manager that user chooses the names. */
export const isInUnit = (cgroups: string, unit: RegExp): boolean =>
  cgroups.split('\n').some((line) => {
    const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1).split('/');
    const at = path.findIndex((name, index) => unit.test(name) && path[index - 1] === 'system.slice');
    return at > 0 && !path.slice(0, at).some((name) => name.startsWith('user@'));
  });

function readCgroup(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}

async function execTool([file, ...args]: readonly [string, ...string[]]): Promise<ToolRun> {
  const { exitCode, stdout, stderr } = await execa(file, args, {
    cwd: '/',
    reject: false,
    stdin: 'ignore',
    timeout: ANSWER_MS,
  });
  return { exitCode: exitCode ?? 1, stdout: String(stdout ?? ''), stderr: String(stderr ?? '') };
}
