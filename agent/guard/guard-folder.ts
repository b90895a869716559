import { linkSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../shared/durable-file.ts';
import { GUARD_ENDS, GUARD_STATES, type GuardCause, type GuardEndKind, type GuardState } from '../../shared/guard.ts';
import { type GuardPlan, isCause, WORDS, type Word } from './guard-plan.ts';
import { GUARD_SH } from './guard-script.ts';

/** What a guard's folder says of it. */
export type GuardSeen = {
  state: Exclude<GuardState, 'failed'>;
  /** Its process: null before it has begun. */
  pid: number | null;
  /** Since the activation, in time awake. */
  spentMs: number;
  isDecided: boolean;
  isActivated: boolean;
  /** `unused`: nothing had been activated. */
  end: { kind: GuardEndKind | 'unused'; cause: GuardCause | null; message: string } | null;
};

/**
 * The folder of one guard, on a file system that no activation unmounts. The running guard and its activation share nothing else.
 *
 * F1  A word is decided by linking `decision` to it, which works once, and on a full file system too.
 * F2  Files that the guard reads are there as a whole or not at all.
 */
export type GuardFolder = {
  readonly dir: string;
  /** Lays all that the guard needs; `words` are linked at once. */
  lay(settings: string, marks?: readonly Mark[]): void;
  /** False: something else had been decided before. */
  decide(word: Word): boolean;
  mark(mark: Mark): void;
  /** Leaves the time for the guard to compare with: the coordinator is away and reachable, or has said welcome. */
  stamp(what: 'stamp' | 'welcome'): void;
  /** Null where there is no such folder. */
  read(): GuardSeen | null;
  remove(): Promise<void>;
};

/** Of the activation: it is about to begin; it has ended well. */
export type Mark = 'activating' | 'activated';

export function guardFolder({ dir }: Pick<GuardPlan, 'dir'>): GuardFolder {
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
      // The last: without it nothing begins.
      write('settings', settings);
    },
    decide: (word) => linkOnce(`word.${word}`, 'decision'),
    mark: (mark) => void linkOnce('word.keep', mark),
    stamp: (what) => write(what, `${uptimeHundredths()}\n`),
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

/** As the guard reads the time. */
function uptimeHundredths(): number {
  const uptime = /^(\d+)\.(\d\d)/.exec(readText('/proc/uptime') ?? '');
  if (!uptime) throw new Error('this host does not tell its uptime');
  return Number(uptime[1]) * 100 + Number(uptime[2]);
}
