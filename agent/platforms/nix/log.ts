import { stripVTControlCharacters } from 'node:util';
import { assertNever } from '../../../shared/assert-never.ts';
import type { StepProgress } from '../../spool/step-progress.ts';
import { createNixActivities } from './activities.ts';
import { MUTE_RESULTS, type NixResult, parseNixEvent, RESULT } from './event.ts';

/** Up to this verbosity nix's messages are worth a line: errors, warnings, notices, builds and copies. Beyond it are those of -v. */
const INFO = 3;

const EVALUATES = 'evaluating file ';

export type NixLog = {
  /** The text to show for one line of nix's stderr, without its end: '' for mere progress; null: show the line as it is. */
  read(line: string): string | null;
  /** Nix has ended with status 0. */
  succeeds(): void;
  /** Where nix stands; null before its first word. */
  progress(): StepProgress | null;
};

/**
 * Reads `nix --log-format internal-json -v`. Shows the same as nix itself with `--print-build-logs` and no
 * terminal: messages, beginnings, and build logs, each line with the name of its package.
 */
export function createNixLog(): NixLog {
  const activities = createNixActivities();
  let hasSpoken = false;

  function result(event: NixResult): string | null {
    const { id, type, fields = [] } = event;
    if (type === RESULT.buildLogLine || type === RESULT.postBuildLogLine) {
      const name = activities.nameOf(id);
      const post = type === RESULT.postBuildLogLine ? ' (post)' : '';
      return show(`${name || 'build'}${post}> ${String(fields[0] ?? '')}`);
    }
    if (MUTE_RESULTS.has(type)) return '';
    if (!KNOWN_RESULTS.has(type)) return null;
    activities.result(event);
    return '';
  }

  return {
    read(line) {
      const event = parseNixEvent(line);
      if (!event) return null;
      hasSpoken = true;
      switch (event.action) {
        case 'msg':
          if (event.msg.startsWith(EVALUATES)) activities.evaluates();
          return event.level <= INFO ? show(event.msg) : '';
        case 'start': {
          const text = stripVTControlCharacters(event.text);
          activities.start({ ...event, text });
          return event.level <= INFO && text ? show(text) : '';
        }
        case 'stop':
          activities.stop(event.id);
          return '';
        case 'result':
          return result(event);
        default:
          return assertNever(event);
      }
    },
    succeeds: activities.succeeds,
    progress: () => (hasSpoken ? activities.progress() : null),
  };
}

const KNOWN_RESULTS: ReadonlySet<number> = new Set(Object.values(RESULT));

/** Without colours, as nix prints without a terminal, so that a search finds the visible text. */
const show = (text: string): string => `${stripVTControlCharacters(text)}\n`;
