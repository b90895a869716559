import type { Test } from 'uvu';
import { type System, type SystemOptions, startSystem } from './system.ts';

/**
 * One system for all tests of a suite, started before the first and closed after the last. Returns a wrapper for test bodies that
 * take the system; if a body fails, the logs say more than its error.
 */
export function shareSystem(suite: Test, options: SystemOptions = {}) {
  let system: System | null = null;
  let failed = false;
  suite.before(async () => {
    system = await startSystem(options);
  });
  suite.after(async () => {
    try {
      await system?.close();
    } catch (error) {
      // After a failure, leftovers are not a new fault.
      if (!failed) throw error;
    }
  });
  return (body: (system: System) => Promise<void>) => async (): Promise<void> => {
    if (!system) throw new Error('the system did not start');
    try {
      await body(system);
    } catch (error) {
      failed = true;
      console.log(system.logs());
      throw error;
    }
  };
}
