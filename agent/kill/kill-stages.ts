import type { KillStage } from '../../shared/model/command.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { KillJournal, KillRequest, KillState } from './kill-journal.ts';

export type KillWord = { stage: KillStage; survivors: number; at: number };

/** The stages of one kill: each is journaled before its signals, and told after them (killer.ts, K1). */
export type KillStages = {
  /** Its fields change in place. */
  readonly state: KillState;
  say(stage: KillStage, survivors: number): void;
  lastWord(): KillWord | null;
  /** Journals the stage, with the time of its first signals. */
  enter(stage: 'term' | 'kill'): Promise<void>;
  /** The activation is not signalled, whatever the journal announced. */
  defer(survivors: number): Promise<void>;
  /** Ends the journal's kill. `isTaken`: it was too late, and no signal counts. */
  conclude(isTaken: boolean): Promise<void>;
};

export type KillStagesDeps = {
  journal: KillJournal;
  request: KillRequest;
  clock: Pick<Clock, 'now'>;
  onStage(word: KillWord): void;
};

export function createKillStages({ journal, request, clock, onStage }: KillStagesDeps): KillStages {
  const state: KillState = journal.current() ?? { ...request, stage: null, termAt: null, killAt: null, seen: [] };
  let word: KillWord | null = null;

  function say(stage: KillStage, survivors: number): void {
    word = { stage, survivors, at: clock.now() };
    onStage(word);
  }

  return {
    state,
    say,
    lastWord: () => word,
    async enter(stage) {
      state.stage = stage;
      if (stage === 'term') state.termAt ??= clock.now();
      else state.killAt ??= clock.now();
      await journal.save(state);
    },
    async defer(survivors) {
      if (state.stage !== 'deferred') {
        Object.assign(state, { stage: 'deferred', termAt: null, killAt: null });
        await journal.save(state);
      }
      if (word?.stage !== 'deferred') say('deferred', survivors);
    },
    async conclude(isTaken) {
      if (isTaken) Object.assign(state, { termAt: null, killAt: null });
      await journal.conclude(state);
    },
  };
}
