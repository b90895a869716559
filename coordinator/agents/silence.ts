/**
 * The times at which many connections were last heard. They lie side by side in memory, so a look over ten thousand of them touches only
 * the connections that are silent.
 */
export type Silence<One> = {
  /** Adds a connection. Returns its place, which is valid until `drop`. */
  add(one: One, now: number): number;
  heard(place: number, now: number): void;
  drop(place: number): void;
  /** Calls `tell` for each connection that was not heard for `ms` or longer. */
  look(now: number, ms: number, tell: (one: One, silentMs: number) => void): void;
};

const FIRST_PLACES = 64;
/** A free place is never silent. */
const FREE = Number.POSITIVE_INFINITY;

export function createSilence<One>(): Silence<One> {
  let heardAt = new Float64Array(FIRST_PLACES).fill(FREE);
  const ones: (One | null)[] = [];
  const free: number[] = [];

  const grow = (): void => {
    const more = new Float64Array(2 * heardAt.length).fill(FREE);
    more.set(heardAt);
    heardAt = more;
  };

  return {
    add(one, now) {
      const place = free.pop() ?? ones.length;
      if (place === heardAt.length) grow();
      ones[place] = one;
      heardAt[place] = now;
      return place;
    },
    heard(place, now) {
      heardAt[place] = now;
    },
    drop(place) {
      ones[place] = null;
      heardAt[place] = FREE;
      free.push(place);
    },
    look(now, ms, tell) {
      const latest = now - ms;
      for (let place = 0; place < ones.length; place += 1) {
        const at = heardAt[place] as number;
        const one = at <= latest ? ones[place] : null;
        if (one) tell(one, now - at);
      }
    },
  };
}
