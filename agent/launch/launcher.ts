import { execa } from 'execa';
import type { LauncherName } from '../config/detect.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';

/** How the wrapper itself ended, as its parent or the service manager saw it. */
export type SeenExit = { exitCode: number | null; signal: string | null };

export type Launch =
  /** `exited` is null if the launcher does not learn it; it never rejects. */
  { kind: 'launched'; exited: Promise<SeenExit> | null } | { kind: 'failed'; reason: string };

/** Starts a command's wrapper so that it outlives the agent. */
export type Launcher = {
  readonly name: LauncherName;
  start(entry: SpoolEntry, environment: Readonly<Record<string, string>>): Promise<Launch>;
  /** Pids in the command's own cgroup; empty without a cgroup. */
  unitMembers(id: string): Promise<number[]>;
  /** How a wrapper ended although nobody may have watched: 'pending' if that will become known, null if it never will. */
  witness(entry: SpoolEntry): Promise<SeenExit | 'pending' | null>;
  /** Ends units of this STATE_DIR that belong to none of `known`; returns their number. */
  endStrays(known: ReadonlySet<string>): Promise<number>;
};

/** A detached process in its own session, with no pipe held by the agent. */
export const processLauncher: Launcher = {
  name: 'process',
  async start(entry, environment) {
    const child = execa('/bin/sh', [entry.script], {
      cwd: '/',
      env: environment,
      extendEnv: false,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      stdio: 'ignore',
    });
    if (child.pid === undefined) return { kind: 'failed', reason: (await child).shortMessage ?? 'no process' };
    child.nodeChildProcess.unref();
    const exited = child.then(({ exitCode, signal }) => ({ exitCode: exitCode ?? null, signal: signal ?? null }));
    return { kind: 'launched', exited };
  },
  unitMembers: async () => [],
  witness: async () => null,
  endStrays: async () => 0,
};
