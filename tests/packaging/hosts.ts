import { complaint, evaluate } from './evaluate.ts';

/** A module of the flake, with the platform that it is for. */
export type HostKind = { module: string; platform: 'nixos' | 'darwin' | 'homeManager'; system: string };

export const KINDS = {
  nixosAgent: { module: 'nixosModules.agent', platform: 'nixos', system: 'x86_64-linux' },
  nixosCoordinator: { module: 'nixosModules.coordinator', platform: 'nixos', system: 'x86_64-linux' },
  darwinAgent: { module: 'darwinModules.agent', platform: 'darwin', system: 'aarch64-darwin' },
  homeOnLinux: { module: 'homeManagerModules.agent', platform: 'homeManager', system: 'x86_64-linux' },
  homeOnMac: { module: 'homeManagerModules.agent', platform: 'homeManager', system: 'aarch64-darwin' },
} as const satisfies Record<string, HostKind>;

/** What every host of the platform says of itself. */
const GIVEN = {
  nixos: 'nix.package = pkgs.nix;',
  darwin: '',
  homeManager: 'home.homeDirectory = "/Users/you"; xdg.stateHome = "/Users/you/.local/state";',
};

const hostExpression = ({ module, platform, system }: HostKind, config: string, what: string) => `
  let
    lib = import ./lib.nix;
    pkgs = import ./pkgs.nix { system = "${system}"; };
    platforms = import ./platforms.nix { inherit lib; };
    flake = (import ../../flake.nix).outputs {
      self.rev = "c0ffee";
      nixpkgs = { inherit lib; legacyPackages.\${"${system}"} = pkgs; };
    };
    inherit (lib.evalModules {
      specialArgs = { inherit pkgs; };
      modules = [ platforms.${platform} flake.${module} { ${GIVEN[platform]} } { ${config} } ];
    }) config;
    # As the platforms do before they build anything.
    failed = lib.filterAttrs (_: one: !one.assertion) (builtins.listToAttrs
      (map (one: { name = one.message; value = one; }) config.assertions));
    checked = if failed == { } then config else throw "Failed assertions: \${toString (builtins.attrNames failed)}";
  in ${what}`;

/** What `what`, an expression over `checked` (the host's whole configuration) and `pkgs`, is on a host with this configuration. */
export const onHost = (kind: HostKind, config: string, what: string): unknown =>
  evaluate(hostExpression(kind, config, what));

/** Why such a host is refused. */
export const refusal = (kind: HostKind, config: string, what: string): string =>
  complaint(hostExpression(kind, config, what));
