import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { SpoolEntry, Started } from '../spool/spool-entry.ts';

/** The result of looking for a command's start. */
export type StartFinding =
  | { kind: 'started'; started: Started }
  /** Its launch is still under way. */
  | { kind: 'pending' }
  /** It never ran and never will. `why`: one sentence for people. */
  | { kind: 'not_started'; why: string }
  /** Its start can't be known: the wrapper's last writes may not have reached the disk. */
  | { kind: 'unknown' }
  /** The command removed its own folder. */
  | { kind: 'gone' };

export type FindStartDeps = {
  entry: SpoolEntry;
  launcher: Pick<Launcher, 'witness'>;
  /** It was found in the spool, not launched by this agent. */
  adopted: boolean;
  acceptedThisBoot: boolean;
  /** True if the launch does not know how the wrapper ends. */
  isUnseen: boolean;
  /** How the wrapper ended, once the launch knows. */
  seenExit: () => SeenExit | null;
};

/** Checks whether the wrapper has recorded its start. Claims the start once the wrapper can't, so that it never runs. */
export async function findStart(deps: FindStartDeps): Promise<StartFinding> {
  const { entry, adopted } = deps;
  const found = await entry.started();
  if (found !== null) return takenAs(entry, found);
  if (adopted && !deps.acceptedThisBoot) return { kind: 'unknown' };
  if (!adopted && (await mayStillStart(deps))) return { kind: 'pending' };
  return takenAs(entry, (await entry.claim()) ? 'claimed' : await entry.started());
}

async function takenAs(entry: SpoolEntry, found: Started | 'claimed' | null): Promise<StartFinding> {
  if (found === null) return { kind: 'gone' };
  return found === 'claimed'
    ? { kind: 'not_started', why: await whyNotStarted(entry) }
    : { kind: 'started', started: found };
}

const mayStillStart = async ({ entry, launcher, isUnseen, seenExit }: FindStartDeps): Promise<boolean> =>
  isUnseen ? (await launcher.witness(entry)) === 'pending' : seenExit() === null;

async function whyNotStarted({ dir }: SpoolEntry): Promise<string> {
  const words = (await readFile(join(dir, 'wrapper.log'), 'utf8').catch(() => '')).trim();
  return words ? `the command could not be started: ${words}` : 'the agent stopped before it could start the command';
}
