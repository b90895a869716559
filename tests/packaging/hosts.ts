import { complaint, evaluate } from './evaluate.ts';

/** A module of the flake, with the platform that it is for. */
export type HostKind = { module: string; platform: 'nixos' | 'darwin' | 'homeManager'; system: string };

export const KINDS = {
  nixosAgent: { module: 'nixosModules.agent', platform: 'nixos', system: 'x86_64-linux' },
  nixosCoordinator: { module: 'nixosModules.coordinator', platform: 'nixos', system: 'x86_64-linux' },
  darwinAgent: { module: 'darwinModules.agent', platform: 'darwin', system: 'aarch64-darwin' },
  homeOnLinux: { module: 'homeModules.agent', platform: 'homeManager', system: 'x86_64-linux' },
  homeOnMac: { module: 'homeModules.agent', platform: 'homeManager', system: 'aarch64-darwin' },
} as const satisfies Record<string, HostKind>;

/**
 * Evaluates the modules with the stand-ins of this folder, or the real thing. `folders` are arguments of Nix functions, `pkgs`
 * replaces those that only evaluate, `libDir` is where its own lib lies.
 */
export type World = { name: string; lib: string; folders: string; libDir?: string; pkgs?: string };

export const STAND_IN: World = { name: 'stand-in', lib: './lib', folders: '' };

/** Folders of nixpkgs' lib (as nix-community/nixpkgs.lib has it), home-manager and nix-darwin. */
const VARIABLES = [
  'SWITCHYARD_TEST_NIXPKGS_LIB',
  'SWITCHYARD_TEST_HOME_MANAGER',
  'SWITCHYARD_TEST_NIX_DARWIN',
] as const;

function realWorld(): World | null {
  const [lib, homeManager, nixDarwin] = VARIABLES.map((name) => process.env[name]);
  if (!lib || !homeManager || !nixDarwin) return null;
  return {
    name: 'real',
    lib: `(/. + "${lib}/lib")`,
    libDir: `${lib}/lib`,
    folders: `homeManager = /. + "${homeManager}"; nixDarwin = /. + "${nixDarwin}";`,
  };
}

const real = realWorld();
if (!real)
  console.log(
    `# with stand-ins; ${VARIABLES.join(', ')} name folders of the real nixpkgs lib, home-manager and nix-darwin`,
  );

/** Each of them must give the same. */
export const WORLDS: readonly World[] = real ? [STAND_IN, real] : [STAND_IN];

/** The flake's, which its programs name. */
export const COMMIT = 'c0ffee0000000000000000000000000000000000';

/** Settings that a host needs before `config` and `what` can be evaluated. */
const preamble = ({ system }: HostKind, { lib, pkgs }: World) => `
  lib = import ${lib};
  pkgs = ${pkgs ?? `import ./pkgs.nix { inherit lib; system = "${system}"; }`};
  flake = (import ../../flake.nix).outputs {
    self.rev = "${COMMIT}";
    nixpkgs = { inherit lib; legacyPackages.\${"${system}"} = pkgs; };
  };`;

export const hostExpression = (kind: HostKind, config: string, what: string, world: World) => `
  let
    ${preamble(kind, world)}
    checkedWith = more: import ./host.nix {
      inherit lib pkgs;
      platform = "${kind.platform}";
      modules = [ flake.${kind.module} { ${config} } more ];
      ${world.folders}
    };
    checked = checkedWith { };
  in ${what}`;

/** Asks hosts of one world. */
export const hostsIn = (world: World) => ({
  /**
   * The value of `what`, an expression over `checked` (the host's whole configuration; `checkedWith` takes one module more) and
   * `pkgs`, on a host with this configuration.
   */
  onHost: (kind: HostKind, config: string, what: string): unknown =>
    evaluate(hostExpression(kind, config, what, world)),
  /** Why such a host is refused. */
  refusal: (kind: HostKind, config: string, what: string): string =>
    complaint(hostExpression(kind, config, what, world)),
});

export const { onHost, refusal } = hostsIn(STAND_IN);
