/** A class of the package that its types leave out. */
export {};

declare module 'ws' {
  export const Receiver: { prototype: { _fragments: unknown[]; dataMessage(done: () => void): void } };
}
