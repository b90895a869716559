/** Questions that a measuring program asks a process that it started, over Node's IPC channel. */

export type Question = { id: number; name: string; argument: unknown };
export type Answer = { id: number; value?: unknown; fault?: string };

/** Answers the questions of these names, and leaves others to other listeners in this process. Ends with the asker. */
export function answerQuestions(answers: Readonly<Record<string, (argument: never) => unknown>>): void {
  const answer = async ({ id, name, argument }: Question): Promise<Answer> => {
    try {
      return { id, value: await answers[name]?.(argument as never) };
    } catch (error) {
      return { id, fault: String(error) };
    }
  };
  process.on('message', (question: Question) => {
    if (Object.hasOwn(answers, question.name)) void answer(question).then((answered) => process.send?.(answered));
  });
  process.once('disconnect', () => process.exit());
}
