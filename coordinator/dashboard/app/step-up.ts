import { createSignal } from 'solid-js';

/** Whether the admin token was shown again, once the person showed it or gave up. */
export type StepUpQuestion = PromiseWithResolvers<boolean>;

const [question, setQuestion] = createSignal<StepUpQuestion | null>(null);

/** What the dialog asks now; null while nothing does. */
export { question as stepUpQuestion };

/** Asks the person for the admin token; requests that are refused together share one question. */
export function askStepUp(): Promise<boolean> {
  const asked = question() ?? Promise.withResolvers<boolean>();
  setQuestion(asked);
  return asked.promise;
}

/** Ends the question, once; `isShown`: the coordinator took the token. */
export function endStepUp(asked: StepUpQuestion, isShown: boolean): void {
  asked.resolve(isShown);
  setQuestion((now) => (now === asked ? null : now));
}
