/** Facts about a TypeScript file for the layer test, read without a parser. */

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

const IMPORTS = [
  // import … from 'x', export … from 'x', with or without `type`
  /\b(?:import|export)\b[^'"`;()=]*?\bfrom\s*['"]([^'"\n]+)['"]/g,
  // import 'x'
  /\bimport\s*['"]([^'"\n]+)['"]/g,
  // import('x'), as a value or a type
  /\bimport\(\s*['"]([^'"\n]+)['"]/g,
];

const EDGE_GLOBALS: [name: string, pattern: RegExp][] = [
  ['Date.now', /\bDate\.now\b/],
  ['new Date()', /\bnew Date\(\s*\)/],
  ['performance.now', /\bperformance\.now\b/],
  ['process.hrtime', /\bprocess\.hrtime\b/],
  // not `clock.setTimeout`
  ['setTimeout', /(?<![.\w])setTimeout\b|\bglobalThis\.setTimeout\b/],
  ['setInterval', /(?<![.\w])setInterval\b|\bglobalThis\.setInterval\b/],
  ['AbortSignal.timeout', /\bAbortSignal\.timeout\b/],
  ['Math.random', /\bMath\.random\b/],
  ['process.env', /\bprocess\.env\b/],
];

/** Every module that the file imports or re-exports from, types included. */
export function importsOf(source: string): string[] {
  const code = source.replace(COMMENT_OR_STRING, (text) => (text.startsWith('/') ? ' ' : text));
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier]) => String(specifier)));
}

/** The names of globals that give access to time, chance or the environment. */
export function edgeGlobalsOf(source: string): string[] {
  // Template literals stay: code stands inside them.
  const code = source.replace(COMMENT_OR_STRING, (text) => (text.startsWith('`') ? text : "''"));
  return EDGE_GLOBALS.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
}
