import type { Signals } from './signals.ts';
import type { Turn } from './turn.ts';

/** Runs the effects of written turns. */
export type TurnEffects = {
  /** Runs them now, or from the next turn of the event loop on if `isLater`; then calls `onRun`. */
  run(turns: readonly Turn[], isLater: boolean, onRun: () => void): void;
  /** Effects wait for a later turn of the event loop. They come before those of the next batch. */
  wait(): boolean;
  /** The turn whose effects run. */
  acting(): Turn | null;
};

/** Effects run in one turn of the event loop, such as frames to hosts: about a second. The answers that come meanwhile take longer. */
const EFFECTS_AT_ONCE = 50_000;

export type TurnEffectsDeps = {
  /** Hears of an effect that fails; the others run all the same. */
  signals: Pick<Signals, 'untold'>;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
};

export function createTurnEffects({ signals, defer }: TurnEffectsDeps): TurnEffects {
  let waits = false;
  let acting: Turn | null = null;

  /** Each call of the result runs the next effects. True: all have run. */
  function actSome(turns: readonly Turn[]): () => boolean {
    const effects = effectsOf(turns);
    return () => {
      let isDone = false;
      for (let left = EFFECTS_AT_ONCE; left > 0 && !isDone; left -= 1) {
        const { done = false, value } = effects.next();
        isDone = done;
        if (value) act(value.turn, value.effect);
      }
      acting = null;
      return isDone;
    };
  }

  function act(turn: Turn, effect: () => void): void {
    try {
      acting = turn;
      effect();
    } catch (cause) {
      signals.untold.tell({ cause, hostIds: turn.hosts });
    }
  }

  return {
    run(turns, isLater, onRun) {
      const runSome = actSome(turns);
      const goOn = (): void => {
        waits = !runSome();
        if (waits) defer(goOn);
        else onRun();
      };
      if (isLater) {
        waits = true;
        defer(goOn);
      } else goOn();
    },
    wait: () => waits,
    acting: () => acting,
  };
}

function* effectsOf(turns: readonly Turn[]): Generator<{ turn: Turn; effect: () => void }, undefined> {
  for (const turn of turns) for (const effect of turn.effects) yield { turn, effect };
}
