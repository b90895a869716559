import { linkSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../shared/files/durable-file.ts';
import {
  GUARD_ENDS,
  GUARD_STATES,
  type GuardCause,
  type GuardEndKind,
  type GuardState,
} from '../../shared/ops/guard.ts';
import { type GuardPlan, isCause, WORDS, type Word } from './guard-plan.ts';
import { GUARD_SH } from './guard-script.ts';

/** A guard's state, read from its folder. */
export type GuardSeen = {
  state: Exclude<GuardState, 'failed'>;
  /** The guard's process; null before its start. */
  pid: number | null;
  /** Awake time since the activation. */
  spentMs: number;
  isDecided: boolean;
  isActivated: boolean;
  /** `unused`: no system was activated. */
  end: { kind: GuardEndKind | 'unused'; cause: GuardCause | null; message: string } | null;
};

/**
 * The folder of one guard, on a file system that no activation unmounts. The running guard and its activation share nothing else.
 *
 * F1  A decision is a link from `decision` to a word. It can be made once, even on a full file system.
 * F2  Files that the guard reads are whole or absent.
 */
export type GuardFolder = {
  readonly dir: string;
  /** Writes all that the guard needs, with these marks set. */
  lay(settings: string, marks?: readonly Mark[]): void;
  /** False if there is already a decision. */
  decide(word: Word): boolean;
  mark(mark: Mark): void;
  /**
   * Writes the present time by the guard's clock: the uptime, or without /proc the wall clock (`now`, ms). `stamp`: the network works and
   * only the coordinator is away. `welcome`: the coordinator has welcomed the agent.
   */
  stamp(what: 'stamp' | 'welcome', now: number): void;
  /** Null if there is no folder. */
  read(): GuardSeen | null;
  remove(): Promise<void>;
};

/** `activating`: the activation is about to begin. `activated`: it has ended well. */
export type Mark = 'activating' | 'activated';

export function guardFolder({ dir, hasProc = true }: Pick<GuardPlan, 'dir' | 'hasProc'>): GuardFolder {
  const file = (name: string) => join(dir, name);

  const write = (name: string, text: string) => {
    writeFileSync(file(`${name}.aside`), text, { mode: 0o600 });
    renameSync(file(`${name}.aside`), file(name));
  };
  const linkOnce = (from: string, to: string): boolean => {
    try {
      linkSync(file(from), file(to));
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  };

  return {
    dir,
    lay(settings, marks = []) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      for (const [word, text] of Object.entries(WORDS)) write(`word.${word}`, `${text}\n`);
      write('guard.sh', GUARD_SH);
      for (const mark of marks) linkOnce('word.keep', mark);
      // Last, because the guard does not start without it.
      write('settings', settings);
    },
    decide: (word) => linkOnce(`word.${word}`, 'decision'),
    mark: (mark) => void linkOnce('word.keep', mark),
    stamp: (what, now) => write(what, `${hasProc ? uptimeHundredths() : Math.floor(now / 10)}\n`),
    read() {
      if (readText(file('settings')) === null) return null;
      const state = GUARD_STATES.find((word) => word === readText(file('state'))?.trim());
      const [spent = ''] = (readText(file('spent')) ?? '').split(' ');
      const [kind, cause = '', ...words] = (readText(file('end')) ?? '').trim().split(' ');
      const end = kind === 'unused' ? kind : GUARD_ENDS.find((one) => one === kind);
      return {
        state: state === undefined || state === 'failed' ? 'armed' : state,
        pid: Number(readText(file('ready'))) || null,
        spentMs: (Number(spent) || 0) * 10,
        isDecided: readText(file('decision')) !== null,
        isActivated: readText(file('activated')) !== null,
        end: end === undefined ? null : { kind: end, cause: isCause(cause) ? cause : null, message: words.join(' ') },
      };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Time since boot, in the guard's unit. */
function uptimeHundredths(): number {
  const uptime = /^(\d+)\.(\d\d)/.exec(readText('/proc/uptime') ?? '');
  if (!uptime) throw new Error('this host does not tell its uptime');
  return Number(uptime[1]) * 100 + Number(uptime[2]);
}
