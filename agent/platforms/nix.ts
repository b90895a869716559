/** Stock NixOS has these features off. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes'] as const;

/** The `nix` command line with what flakes need. */
export const nix = (...args: string[]): [string, ...string[]] => ['nix', ...FEATURES, ...args];
