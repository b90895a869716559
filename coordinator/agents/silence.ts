/**
 * When each of many connections was last heard. The times lie side by side, so that a look over ten thousand of them reads no
 * object of a connection that spoke.
 */
export type Silence<One> = {
  /** The place of a new one, until `drop`. */
  add(one: One, now: number): number;
  heard(place: number, now: number): void;
  drop(place: number): void;
  /** Tells each that was not heard for `ms` or longer, and for how long. */
  look(now: number, ms: number, tell: (one: One, silentMs: number) => void): void;
};

const FIRST_PLACES = 64;
/** A place that nobody has is never silent. */
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
