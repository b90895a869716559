/** Closes a switch over a union: a forgotten case is a type error here, and a broken contract at run time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
