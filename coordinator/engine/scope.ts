/** For whom the present work runs. */
export type Scope = {
  /** The host whose turn takes its changes; null: the turn that all share. */
  hostId(): string | null;
  /** The address that asked for it, if a person did. */
  address(): string | null;
  inTurnOf<Result>(hostId: string, run: () => Result): Result;
  askedFrom<Result>(address: string, run: () => Result): Result;
  /** The same as a function for later, with the present host and address. */
  bound<Asked extends unknown[], Result>(run: (...asked: Asked) => Result): (...asked: Asked) => Result;
};

export function createScope(): Scope {
  let hostId: string | null = null;
  let address: string | null = null;

  function within<Result>(innerHost: string | null, innerAddress: string | null, run: () => Result): Result {
    const [outerHost, outerAddress] = [hostId, address];
    hostId = innerHost;
    address = innerAddress;
    try {
      return run();
    } finally {
      hostId = outerHost;
      address = outerAddress;
    }
  }

  return {
    hostId: () => hostId,
    address: () => address,
    inTurnOf: (inner, run) => within(inner, address, run),
    askedFrom: (inner, run) => within(hostId, inner, run),
    bound(run) {
      const [boundHost, boundAddress] = [hostId, address];
      return (...asked) => within(boundHost, boundAddress, () => run(...asked));
    },
  };
}
