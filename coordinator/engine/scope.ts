/** The host and the address for which the present work runs. */
export type Scope = {
  /** The host whose turn takes the changes; null: the shared turn. */
  hostId(): string | null;
  /** The address that asked for it, if a person did. */
  address(): string | null;
  inTurnOf<Result>(hostId: string, run: () => Result): Result;
  askedFrom<Result>(address: string, run: () => Result): Result;
  /** Binds a function that runs later to the present host and address. */
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
