import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './evaluate.ts';

export const INSTALL_PAGE = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');

/** Every piece of Nix in docs/install.md. */
export const NIX_EXAMPLES: readonly string[] = [...INSTALL_PAGE.matchAll(/^( *)```nix\n(.*?)^\1```/gms)].map(
  ([, , text = '']) => text,
);

const only = (what: string, fits: (text: string) => boolean): string => {
  const [found, ...more] = NIX_EXAMPLES.filter(fits);
  if (found === undefined || more.length > 0) throw new Error(`docs/install.md has ${more.length} more or no ${what}`);
  return found;
};

/** The configuration of a host that imports this module of the flake, as a whole file. */
export const moduleExample = (module: string): string =>
  only(`example of ${module}`, (text) => text.includes(`imports = [ inputs.switchyard.${module} ]`));

/** Inputs and outputs of a flake, without its braces. */
export const flakeExample = (): string => only('flake', (text) => text.includes('inputs.switchyard.url'));
