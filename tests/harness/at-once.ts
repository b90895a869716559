import type { Test } from 'uvu';

type Body = () => Promise<void>;

/**
 * Adds tests to a suite that run at the same time: for tests that mostly wait and share nothing that they change. They begin at the
 * turn of the first; each fails by its own name.
 * @param lanes Most that run at a time.
 */
export function atOnce(suite: Test, lanes = 4): (title: string, body: Body) => void {
  const bodies: Body[] = [];
  let begun: Promise<void>[] | null = null;

  function begin(): Promise<void>[] {
    const starts = bodies.map(() => Promise.withResolvers<void>());
    const waiting = bodies.entries();
    const work = async () => {
      for (const [at, body] of waiting) await body().then(starts[at]?.resolve, starts[at]?.reject);
    };
    for (let lane = 0; lane < lanes; lane += 1) void work();
    const ends = starts.map(({ promise }) => promise);
    // An early failure is reported at its turn.
    for (const end of ends) end.catch(() => {});
    return ends;
  }

  return (title, body) => {
    const at = bodies.push(body) - 1;
    suite(title, () => {
      begun ??= begin();
      return begun[at];
    });
  };
}
