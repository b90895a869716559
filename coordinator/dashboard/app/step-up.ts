import { createSignal } from 'solid-js';

/** Resolves to true once the person has stepped up, to false if they gave up. */
export type StepUpQuestion = PromiseWithResolvers<boolean>;

const [question, setQuestion] = createSignal<StepUpQuestion | null>(null);

/** The open question; null if there is none. */
export { question as stepUpQuestion };

/** Asks the person for a step-up; requests that are refused together share one question. */
export function askStepUp(): Promise<boolean> {
  const asked = question() ?? Promise.withResolvers<boolean>();
  setQuestion(asked);
  return asked.promise;
}

/** Ends the question, once; `isShown`: the coordinator accepted the proof. */
export function endStepUp(asked: StepUpQuestion, isShown: boolean): void {
  asked.resolve(isShown);
  setQuestion((now) => (now === asked ? null : now));
}
