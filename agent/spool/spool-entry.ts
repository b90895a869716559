import { closeSync, constants, openSync, readSync } from 'node:fs';
import { link, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, syncPath, systemCode, writeDurably } from '../../shared/files/durable-file.ts';
import type { FailedStep } from '../../shared/model/report.ts';
import type { Completion } from '../../shared/ops/op-definition.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import type { CommandContext } from './platform.ts';
import { FINISH_PHASE } from './wrapper.ts';

/** The accepted command; written once, before `command.accepted`. */
export type CommandSpec = {
  id: string;
  op: string;
  completion: Completion;
  takesSlot: boolean;
  acceptedAt: number;
  /** The boot in which it was accepted. */
  bootId: string;
  /** In the order of their run; absent in commands that an agent of 0.1 accepted. */
  steps?: readonly FailedStep[];
  /** The secret that its processes carry; absent there too. */
  tag?: string;
};

/** A process, told apart from a later one with the same pid. */
export type ProcessIdentity = { pid: number; start: string };

/** The wrapper's record of its start. `reader` is the pid of the process that drains the FIFO. */
export type Started = { bootId: string; wrapper: ProcessIdentity; reader: number; at: number };

/** The wrapper's record of the end. */
export type ExitMark = { exitCode: number; leftovers: number; at: number };

/**
 * One command's folder: everything known of it, on disk, so that any later instance of the agent can take it over.
 * S1  The folder counts from the moment that `spec.json` is whole and synced; without it the command was never accepted.
 * S2  `started` is created exclusively, by the wrapper or by `claim`, never by both.
 * S3  So is `over`, by the wrapper once all its steps have ended, or by a kill before its first signal: a command whose end the
 *    wrapper claimed was not killed.
 * S4  `exit` counts only with its mark; the mark in the folder wins over the one on the other file system.
 */
export type SpoolEntry = {
  readonly dir: string;
  readonly spec: CommandSpec;
  readonly context: CommandContext;
  readonly script: string;
  /** Where a launcher may put the command's environment while it starts; in memory if there is a folder for that. */
  readonly environmentFile: string;
  readonly outputFile: string;
  /** The steps' output. */
  readonly fifo: string;
  /** 'claimed': the wrapper can never start again. */
  started(): Promise<Started | 'claimed' | null>;
  /** True if it is now certain that no step has run or will run. */
  claim(): Promise<boolean>;
  /** For a kill, before its first signal. False: the command had already ended. */
  claimEnd(): Promise<boolean>;
  phase(): Promise<string | null>;
  exitMark(): Promise<ExitMark | null>;
  /** The step that ran last; null if none did, or that is unknown. */
  lastStep(): Promise<FailedStep | null>;
  outputBytes(): Promise<number>;
  /**
   * Something still holds the FIFO open for writing, visible or not. Ask only once wrapper and readers are gone, because the check
   * loses the FIFO's content.
   */
  outputHeld(): boolean;
  /** The reader of the output outlived every writer, and the disk had room to record it. */
  drained(): Promise<boolean>;
  /** The disk was full: the command wrote more than `outputBytes`. */
  outputCut(): Promise<boolean>;
  result(): Promise<CommandExited | null>;
  /** Makes output and result durable, in this order. */
  saveResult(result: CommandExited): Promise<void>;
  /** Makes room on a full disk, once nobody needs the output any more. */
  dropOutput(): Promise<void>;
  remove(): Promise<void>;
};

/** The folder of an accepted command. `witness`: a file on another file system with a copy of the exit mark; null without one. */
export function createEntry(
  spec: CommandSpec,
  context: CommandContext,
  witness: string | null,
  environmentFile: string,
): SpoolEntry {
  const dir = context.spoolDir;
  const file = (name: string) => join(dir, name);
  const resultFile = file('result.json');
  const outputFile = file('output');

  const entry: SpoolEntry = {
    dir,
    spec,
    context,
    script: file('run.sh'),
    environmentFile,
    outputFile,
    fifo: file('fifo'),
    async started() {
      const found = await readWithTime(file('started'));
      if (!found) return null;
      const [, bootId, pid, reader, start] = /^(\S+) (\d+) (\d+) (.+)\n$/.exec(found.text) ?? [];
      if (!bootId || !start) return 'claimed';
      return { bootId, wrapper: { pid: Number(pid), start }, reader: Number(reader), at: found.at };
    },
    async claim() {
      try {
        // A link needs no space, and spec.json can't be mistaken for a wrapper's record.
        await link(file('spec.json'), file('started'));
        return true;
      } catch (error) {
        // The folder is gone, and its command may have run.
        if (systemCode(error) === 'ENOENT') return false;
        if (systemCode(error) !== 'EEXIST') throw error;
        return (await entry.started()) === 'claimed';
      }
    },
    async claimEnd() {
      try {
        await link(file('spec.json'), file('over'));
        return true;
      } catch (error) {
        // A disk that accepts no more names is not a reason to spare a process.
        return systemCode(error) !== 'EEXIST' || (await readText(file('over'))) !== FINISH_PHASE;
      }
    },
    phase: async () => (await readWithTime(file('phase')))?.text ?? null,
    async exitMark() {
      for (const path of [file('exit'), witness]) {
        const found = path && (await readWithTime(path));
        const [, exitCode, leftovers] = (found && /^(\d+) (\d+) end\n$/.exec(found.text)) || [];
        if (found && exitCode) return { exitCode: Number(exitCode), leftovers: Number(leftovers), at: found.at };
      }
      return null;
    },
    async lastStep() {
      // The wrapper renames the phase word of each step that it begins: the remaining ones never began.
      const words = await readdir(dir).catch(() => null);
      const waiting = words?.filter((name) => /^phase\.\d+$/.test(name)).length;
      return (waiting !== undefined && spec.steps?.[spec.steps.length - waiting - 1]) || null;
    },
    async outputBytes() {
      return (await stat(outputFile).catch(() => null))?.size ?? 0;
    },
    outputHeld: () => isHeldOpen(file('fifo')),
    drained: async () => (await readWithTime(file('drained'))) !== null,
    outputCut: async () => (await readWithTime(file('output.cut'))) !== null,
    result: () => readJson<CommandExited>(resultFile),
    async saveResult(result) {
      if (result.outputBytes > 0) await syncPath(outputFile);
      await writeDurably(resultFile, JSON.stringify(result));
    },
    // A process that still has it open would keep the space of a removed file.
    dropOutput: () => truncate(outputFile),
    async remove() {
      for (const path of [witness, environmentFile]) if (path) await rm(path, { force: true });
      // systemd may write its record of the end into the folder while it is being emptied: hence more than one try.
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return entry;
}

/** Null if no command was accepted in this folder. */
export const readSpec = (dir: string): Promise<CommandSpec | null> => readJson<CommandSpec>(join(dir, 'spec.json'));

/** A FIFO without a writer is at its end at once; one with a possible writer has nothing for now. */
function isHeldOpen(fifo: string): boolean {
  let end: number | null = null;
  try {
    end = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const rest = Buffer.alloc(65_536);
    for (let reads = 0; reads < 32; reads++) if (readSync(end, rest) === 0) return false;
    return true;
  } catch (error) {
    return systemCode(error) === 'EAGAIN';
  } finally {
    if (end !== null) closeSync(end);
  }
}

/** Null if the file is missing or was cut short: then its writer did not get to rely on it. Rejects if it can't be read. */
async function readJson<Value>(path: string): Promise<Value | null> {
  const text = await readText(path);
  try {
    return text === null ? null : (JSON.parse(text) as Value);
  } catch {
    return null;
  }
}

async function readWithTime(path: string): Promise<{ text: string; at: number } | null> {
  try {
    const text = await readFile(path, 'utf8');
    return { text, at: Math.round((await stat(path)).mtimeMs) };
  } catch {
    return null;
  }
}
