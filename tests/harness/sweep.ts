/** True in `npm run long`. */
export const IS_WHOLE = process.env.SWITCHYARD_TEST_SWEEPS === 'whole';

/**
 * The cases of a sweep that this run takes: every `nth` one, or all of them in `npm run long`. Only for cases of one mechanism, in
 * a suite named `NAME.swept.test.ts`, which `npm run long` then runs too.
 */
export const swept = <Case>(cases: readonly Case[], nth: number): readonly Case[] =>
  IS_WHOLE ? cases : cases.filter((_, at) => at % nth === 0);
