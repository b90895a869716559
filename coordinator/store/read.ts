/** A store's answer, at once or later. Rejects if the store cannot be read. */
export type Read<Value> = Value | Promise<Value>;

/** Continues with a value: now if it is there, so that nothing comes in between, else when it comes. */
export const whenRead = <Value, Result>(read: Read<Value>, use: (value: Value) => Read<Result>): Read<Result> =>
  read instanceof Promise ? read.then(use) : use(read);

/** The same methods, all answering at once. */
export type AtOnce<Reads> = {
  [Name in keyof Reads]: Reads[Name] extends (...asked: infer Asked) => infer Answer
    ? (...asked: Asked) => Awaited<Answer>
    : Reads[Name];
};
