import type { Clock } from '../../shared/time/clock.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import { readStepProgress, type StepProgress } from '../spool/step-progress.ts';
import { FINISH_PHASE } from '../spool/wrapper.ts';

/** Between two frames of one phase. */
const PACE_MS = 500;

export type ProgressTeller = {
  /** The phase of the present step, or of the last one. */
  phase(): string | null;
  /** Reads again and reports changes: a phase at once; a step's progress at most twice a second, but always the last one. */
  look(isLast?: boolean): Promise<void>;
  /** Repeats the last report. */
  repeat(): void;
};

/** Reports a command's progress from its folder alone, so it also works for an adopted command. */
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
      // Progress read between two phases may belong to either.
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
