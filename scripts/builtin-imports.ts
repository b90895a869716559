import { isBuiltin } from 'node:module';
import { parseAst } from 'vite';

type Import = Extract<ReturnType<typeof parseAst>['body'][number], { type: 'ImportDeclaration' }>;

/**
 * The same module, which asks for Node's own modules by `process.getBuiltinModule`. An import wraps such a module, and to list its
 * exports it evaluates each one: for `node:http` that loads Node's whole `fetch`, 20 ms of each start.
 */
export function withoutBuiltinImports(code: string): string {
  const imports = parseAst(code).body.filter((part) => part.type === 'ImportDeclaration');
  return imports
    .filter(({ source }) => isBuiltin(source.value))
    .reduceRight((text, one) => text.slice(0, one.start) + constants(one) + text.slice(one.end), code);
}

/** On one line, as the import is: each line of the code keeps its number. */
function constants({ source, specifiers }: Import): string {
  const builtin = `process.getBuiltinModule(${JSON.stringify(source.value)})`;
  const whole = specifiers
    .filter(({ type }) => type !== 'ImportSpecifier')
    .map(({ local }) => `${local.name} = ${builtin}`);
  const parts = specifiers.flatMap((one) => {
    if (one.type !== 'ImportSpecifier') return [];
    const name = one.imported.type === 'Identifier' ? one.imported.name : JSON.stringify(one.imported.value);
    return name === one.local.name ? name : `${name}: ${one.local.name}`;
  });
  const picked = parts.length > 0 ? [`{ ${parts.join(', ')} } = ${builtin}`] : [];
  const all = [...whole, ...picked];
  return all.length > 0 ? `const ${all.join(', ')};` : '';
}
