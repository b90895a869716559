import type { Clock } from '../../shared/clock.ts';
import type { AgentFrame } from '../../shared/protocol.ts';
import type { SpoolEntry } from '../spool/spool.ts';
import { readStepProgress, type StepProgress } from '../spool/step-progress.ts';
import { FINISH_PHASE } from '../spool/wrapper.ts';

/** Between two frames of one phase. */
const PACE_MS = 500;

export type ProgressTeller = {
  /** The phase of the step that runs, or ran last. */
  phase(): string | null;
  /** Reads anew and tells what has changed: a phase at once, what its step says of itself at most twice a second, and the last of it. */
  look(isLast?: boolean): Promise<void>;
  /** Says again what was told last. */
  repeat(): void;
};

/** Tells a coordinator what a command is at, from the command's folder alone: so it works for one that was adopted, too. */
export function createProgressTeller(deps: {
  entry: Pick<SpoolEntry, 'spec' | 'context' | 'phase'>;
  clock: Clock;
  send(frame: AgentFrame): void;
}): ProgressTeller {
  const { entry, clock } = deps;
  const { id } = entry.spec;
  let phase: string | null = null;
  let progress: StepProgress | null = null;
  let toldAt = 0;

  function tell(): void {
    if (phase !== null) deps.send({ type: 'command.progress', payload: { id, phase, ...progress } });
    toldAt = clock.monotonic();
  }

  return {
    phase: () => phase,
    async look(isLast = false) {
      const named = await entry.phase();
      const found = await readStepProgress(entry.context.evidenceDir);
      // What was read between two phases may belong to either.
      if (named === null || (await entry.phase()) !== named) return;
      if (named !== phase && named !== FINISH_PHASE) {
        phase = named;
        progress = found;
        return tell();
      }
      if (found === null || isSame(found, progress)) return;
      if (!isLast && clock.monotonic() - toldAt < PACE_MS) return;
      progress = found;
      tell();
    },
    repeat: tell,
  };
}

const isSame = (one: StepProgress, other: StepProgress | null): boolean =>
  one.current === other?.current && one.total === other?.total && one.text === other?.text;
