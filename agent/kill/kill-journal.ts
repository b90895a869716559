import { readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../shared/files/durable-file.ts';
import type { KillStage } from '../../shared/model/command.ts';
import type { CommandKill } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import type { ProcessIdentity } from '../spool/spool-entry.ts';

export type KillRequest = Pick<CommandKill, 'signal' | 'graceMs' | 'force'>;

/** When signals were sent; both null if none was. */
export type KillTimes = { termAt: number | null; killAt: number | null };

export type KillState = KillRequest &
  KillTimes & {
    stage: Extract<KillStage, 'deferred' | 'term' | 'kill'> | null;
    /** All processes of the command ever seen, so that none escapes by changing its parent or session. */
    seen: ProcessIdentity[];
  };

export type KillJournal = {
  /** The kill under way, perhaps left by an earlier agent. */
  current(): KillState | null;
  /** When finished kills sent signals. */
  past(): KillTimes;
  /** A full disk is not a reason to spare a process: the kill is then logged and goes on unjournaled. */
  save(state: KillState): Promise<void>;
  conclude(state: KillState): Promise<void>;
};

/**
 * A command's kills in its folder.
 * J1  `kill.json` stands exactly while a kill is under way; the wrapper waits for its end, and a starting agent resumes it.
 * J2  It is written before the signal that it records.
 */
export function openKillJournal(deps: { dir: string; log: Log }): KillJournal {
  const currentFile = join(deps.dir, 'kill.json');
  const pastFile = join(deps.dir, 'kill-ended.json');
  let current = readState(currentFile);
  let past = readState(pastFile);

  const save = async (state: KillState) => {
    current = state;
    try {
      await writeDurably(currentFile, JSON.stringify(state));
    } catch (error) {
      deps.log.error({ err: error, file: currentFile }, 'a kill could not be journaled');
    }
  };

  return {
    current: () => current,
    past: () => ({ termAt: past?.termAt ?? null, killAt: past?.killAt ?? null }),
    save,
    async conclude(state) {
      const { termAt, killAt } = state;
      const all = { ...state, termAt: past?.termAt ?? termAt, killAt: killAt ?? past?.killAt ?? null };
      await save(all);
      await rename(currentFile, pastFile).catch(() => {});
      past = all;
      current = null;
    },
  };
}

function readState(path: string): KillState | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as KillState;
  } catch {
    return null;
  }
}
