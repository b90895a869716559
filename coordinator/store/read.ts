/** What a store was asked for: there at once, or later. It rejects where the store cannot be read. */
export type Read<Value> = Value | Promise<Value>;

/** Goes on with a value: now where it is there, so that nothing comes in between; else when it comes. */
export const whenRead = <Value, Result>(read: Read<Value>, use: (value: Value) => Read<Result>): Read<Result> =>
  read instanceof Promise ? read.then(use) : use(read);

/** The same questions, all of which are answered at once. */
export type AtOnce<Reads> = {
  [Name in keyof Reads]: Reads[Name] extends (...asked: infer Asked) => infer Answer
    ? (...asked: Asked) => Awaited<Answer>
    : Reads[Name];
};
